"""Everybody can read the page: each colour of text on each ground, in light and dark, by WCAG's contrast."""

import re

import pytest

from app.core.resources import resource_path

CSS = resource_path("verification/page.css").read_text(encoding="utf-8")
TEXTS = ("ink", "muted", "good", "warning", "bad", "accent")
GROUNDS = ("paper", "panel")
LEAST = 4.5


def palette(block):
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", block))


LIGHT, DARK = (palette(block) for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL))


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_black_and_white():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_can_be_read_on_every_ground(colours):
    pairs = [(text, ground) for text in TEXTS for ground in GROUNDS] + [("ink", "marked")]
    assert [pair for pair in pairs if contrast(colours[pair[0]], colours[pair[1]]) < LEAST] == []


def test_no_colour_stands_outside_the_palette():
    rules = re.sub(r":root \{.*?\}", "", CSS, flags=re.DOTALL)
    assert re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(|opacity", rules) == []
    assert {*LIGHT} == {*DARK} == {*TEXTS, *GROUNDS, "marked", "line"}
    assert {*re.findall(r"(?<![-\w])color: var\(--(\w+)\)", rules)} <= {*TEXTS}
    assert {*re.findall(r"background: var\(--(\w+)\)", rules)} == {*GROUNDS, "marked"}


def test_paper_is_light():
    assert "@media screen and (prefers-color-scheme: dark)" in CSS
    assert CSS.count("prefers-color-scheme") == 1
    assert "@media print" in CSS
