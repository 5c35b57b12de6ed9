"""A form that was refused comes back as it was sent, with the sentence that says why; a password never does.

One mechanism for every form, so that none forgets it: the page is written as it always is, and the fields of the form that was sent are filled in it.
Nothing of it needs scripts. What a page keeps hidden stays as the page has it, but for what a person looked at before the form was sent: that is
as it was sent, so that sending the form again is refused where something else is there meanwhile. Where somebody else was faster, all that is
hidden stays as it was sent.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from pbis.draw.svg import verbatim

Field = tuple[str, str]
_REFUSED = "refused"  # id of the sentence, by which a field is described
_NEVER = frozenset({"password", "file", "submit", "button", "reset", "image"})  # types of input that are not filled
_LOOKED_AT = frozenset(
    {"seen", "results", "basis"}
)  # hidden: the newest decision, and the results, that a person looked at, and what they were computed from
_TICKED = frozenset({"checkbox", "radio"})


@dataclass
class _Form:
    """A form of a page: where it leads, what it keeps hidden, and the names of its other fields."""

    action: str
    hidden: list[Field] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def likeness(self, sent: Sequence[Field]) -> int:
        """How much of what was sent is of this form: pages have several that lead to one address."""
        said = dict(sent)
        kept = sum(1 if said.get(name) == value else -2 for name, value in self.hidden)
        return kept + len(self.names & said.keys())


def filled(
    html: str,
    action: str,
    sent: Sequence[Field],
    words: str = "",
    wrong: Iterable[str] = (),
    *,
    is_stale: bool = False,
    is_told: bool = False,
) -> str | None:
    """The page with the fields of the form that leads to `action` as they were sent; None where it has no such form.

    words: why it was refused, said at the head of the form; '' where the page says so itself. wrong: names of fields that are wrong. is_stale: all that is
    hidden is filled, too; is_told: the page tells what is there now, so that what was looked at is that.
    """
    forms = _Forms()
    forms.feed(html)
    own = [place for place, form in enumerate(forms.found) if form.action == action]
    if not own:
        return None
    meant = max(own, key=lambda place: (forms.found[place].likeness(sent), -place))
    kept = frozenset(name for name, _ in sent) if is_stale else frozenset[str]() if is_told else _LOOKED_AT
    writer = _Filled(meant, sent, words, frozenset(wrong), kept)
    writer.feed(html)
    writer.close()
    return "".join(writer.written)


class _Forms(HTMLParser):
    """The forms of a page, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[_Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "form":
            self.found.append(_Form(named.get("action") or ""))
        elif self.found and named.get("name"):
            name = named["name"] or ""
            if named.get("type") == "hidden":
                self.found[-1].hidden.append((name, named.get("value") or ""))
            else:
                self.found[-1].names.add(name)


class _Filled(HTMLParser):
    """Writes the page again, tag by tag; only in the form that is meant is anything another."""

    def __init__(
        self, meant: int, sent: Sequence[Field], words: str, wrong: frozenset[str], kept: frozenset[str]
    ) -> None:
        super().__init__(convert_charrefs=False)
        self.written: list[str] = []
        self._meant, self._words, self._wrong, self._kept = meant, words, wrong, kept
        self._values: dict[str, deque[str]] = defaultdict(deque)
        for name, value in sent:
            self._values[name].append(value)
        self._at = -1
        self._is_inside = self._is_first = False
        self._select = ""
        self._option: int | None = None
        self._in_text = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        raw = self.get_starttag_text() or ""
        if tag == "form":
            self._at += 1
            self._is_inside = self._is_first = self._at == self._meant
        fill = {"input": self._input, "textarea": self._textarea, "select": self._chosen, "option": self._one}.get(tag)
        self.written.append(fill(raw, dict(attrs)) if self._is_inside and fill else raw)
        if tag == "form" and self._is_inside and self._words:
            self.written.append(f'\n<p role="alert" class="fail verdict" id="{_REFUSED}">{verbatim(self._words)}</p>')
        if tag == "textarea" and self._is_inside:
            self._in_text = bool(dict(attrs).get("name") in self._values)

    def handle_endtag(self, tag: str) -> None:
        if tag == "option" and self._option is not None:  # one without a value is named by its words
            text = "".join(self.written[self._option + 1 :]).strip()
            if text in map(verbatim, self._values[self._select]):
                self.written[self._option] = "<option selected>"
            self._option = None
        if tag == "form":
            self._is_inside = False
        if tag == "select":
            self._select = ""
        if tag == "textarea":
            self._in_text = False
        self.written.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._in_text:
            self.written.append(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")

    def handle_decl(self, decl: str) -> None:
        self.written.append(f"<!{decl}>")

    def handle_comment(self, data: str) -> None:
        self.written.append(f"<!--{data}-->")

    def _input(self, raw: str, attrs: dict[str, str | None]) -> str:
        name, kind = attrs.get("name") or "", attrs.get("type") or "text"
        if kind in _TICKED:
            rest = {key: value for key, value in attrs.items() if key != "checked"}
            is_sent = (attrs.get("value") or "on") in self._values[name]
            return self._tag("input", rest | ({"checked": None} if is_sent else {}), name)
        if kind == "hidden":
            sent = self._values[name].popleft() if self._values[name] else attrs.get("value")
            return _written("input", attrs | {"value": sent or ""}) if name in self._kept else raw
        if kind in _NEVER or not name:
            return self._tag("input", attrs, name) if kind in ("password", "file") else raw
        sent = self._values[name].popleft() if self._values[name] else attrs.get("value")
        return self._tag("input", attrs | {"value": sent or ""}, name)

    def _textarea(self, raw: str, attrs: dict[str, str | None]) -> str:
        name = attrs.get("name") or ""
        if name not in self._values:
            return raw
        text = self._values[name].popleft() if self._values[name] else ""
        return f"{self._tag('textarea', attrs, name)}\n{verbatim(text)}"  # the first line break of a text is none of it

    def _chosen(self, raw: str, attrs: dict[str, str | None]) -> str:
        self._select = attrs.get("name") or ""
        return self._tag("select", attrs, self._select)

    def _one(self, raw: str, attrs: dict[str, str | None]) -> str:
        if not self._select or self._select not in self._values:
            return raw
        rest = {key: value for key, value in attrs.items() if key != "selected"}
        if "value" not in attrs:
            self._option = len(self.written)
            return "<option>"
        is_sent = (attrs["value"] or "") in self._values[self._select]
        return _written("option", rest | ({"selected": None} if is_sent else {}))

    def _tag(self, tag: str, attrs: dict[str, str | None], name: str) -> str:
        """The first field that a person fills takes the focus, so that the browser shows the form; those that are wrong say so."""
        more: dict[str, str | None] = {"aria-invalid": "true"} if name in self._wrong else {}
        if self._words and (name in self._wrong if self._wrong else self._is_first):
            more |= {"aria-describedby": _REFUSED} | ({"autofocus": None} if self._is_first else {})
            self._is_first = False
        return _written(tag, attrs | more)


def _written(tag: str, attrs: dict[str, str | None]) -> str:
    parts = (key if value is None else f'{key}="{verbatim(value)}"' for key, value in attrs.items())
    return f"<{' '.join([tag, *parts])}>"
