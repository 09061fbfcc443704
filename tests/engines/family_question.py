"""What both engines are asked about the tiny model of a family, and how far their answers may lie apart."""

PROMPT = [2, *range(20, 330, 10)]
ALLOWED = 0.05  # nats, over the 20 likeliest tokens of either
