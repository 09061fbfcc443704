"""A page as a tree, read strictly: what is opened is closed, and nothing is closed that is not open."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = ("meta", "br", "hr", "img", "link", "input")


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(one if isinstance(one, str) else one.text for one in self.children)

    def all(self, tag: str, css_class: str = "") -> list["Element"]:
        """Those below it, in their order."""
        found: list[Element] = []
        for one in self.children:
            if isinstance(one, Element):
                is_wanted = one.tag == tag and (not css_class or css_class in one.attributes.get("class", "").split())
                found += [one] * is_wanted + one.all(tag, css_class)
        return found


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("", {})]

    def handle_starttag(self, tag, attrs):
        element = Element(tag, {name: value or "" for name, value in attrs})
        assert len(element.attributes) == len(attrs), f"an attribute of {tag} comes twice"
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop().tag == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        self.open[-1].children.append(data)

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")


def parsed(page: str) -> Element:
    parser = _Parser()
    parser.feed(page)
    parser.close()
    assert [one.tag for one in parser.open] == [""]
    return parser.open[0]
