"""Chat templates that would take all time, or all memory."""

FOR_EVER = "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}"
ENDLESS = FOR_EVER + "{% endfor %}" * 3
DOUBLING = "{% set n = namespace(x='12345678') %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}"
