"""The filters of a list: choices of several values, a way to clear them all, and the URL that keeps them."""

from collections.abc import Awaitable, Callable, Mapping

from nicegui import ui
from nicegui.elements.select import Select

from streams.web.list_query import address, url_fields, values_of
from streams.web.pages.elements import el

__all__ = ["choice", "clear_all", "set_url_fields", "text_filter"]

OnChange = Callable[[str, str], Awaitable[None]]


def choice(label: str, name: str, options: Mapping[str, str], fields: Mapping[str, str], on_change: OnChange) -> Select:
    """A choice of any number of values; none stands for all.

    Args:
        label: Its label.
        name: The query field.
        options: The text of each value.
        fields: The query fields, of which it takes its value.
        on_change: Called with the name and the new value of the field.
    """
    chosen = [value for value in values_of(fields, name) if value in options]
    select = ui.select(dict(options), value=chosen, label=label, multiple=True, clearable=True)
    select.props("outlined dense options-dense")

    async def change() -> None:
        await on_change(name, ",".join(select.value or ()))

    select.on_value_change(change)
    return select


def text_filter(label: str, name: str, fields: Mapping[str, str], on_change: OnChange) -> None:
    """A field to type a value into.

    Args:
        label: Its label.
        name: The query field.
        fields: The query fields, of which it takes its value.
        on_change: Called with the name and the new value of the field.
    """
    typed = ui.input(label, value=fields.get(name, ""))
    typed.props("outlined dense clearable debounce=150 autocomplete=off spellcheck=false")

    async def change() -> None:
        await on_change(name, (typed.value or "").strip())

    typed.on_value_change(change)


def clear_all(path: str) -> None:
    """The link to the list without any filter."""
    el("a", "Clear all", href=path, classes="button")


def set_url_fields(fields: Mapping[str, str]) -> None:
    """Put the fields into the URL of the open page, so that it can be saved, sent and reloaded."""
    url = address("", url_fields(fields))
    ui.run_javascript(f"history.replaceState(null, '', location.pathname + {url!r})")
