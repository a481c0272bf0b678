"""Contents of a panel as lists, checked against RNA: Blender as a module has no window to draw in.

`Layout` takes the calls of a UILayout and holds them against the running version: every function, argument, icon, property,
operator and list must exist there. In a window a wrong one leaves a traceback at every redraw and half a panel.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import bpy
from blender_api import CONTEXT, OPS

_RNA: Any = bpy.types.UILayout.bl_rna
_KINDS: dict[str, Any] = {"STRING": str, "BOOLEAN": bool | int, "POINTER": object, "INT": int | float}
_KINDS["FLOAT"] = _KINDS["INT"]


def _holds(prop: Any, value: Any) -> bool:
    """Return whether this RNA property or parameter accepts the value."""
    if prop.type == "ENUM":
        return not prop.enum_items or value in {item.identifier for item in prop.enum_items}
    return isinstance(value, _KINDS[prop.type])


def _called(name: str, positional: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call by name; fails when this Blender does not take them."""
    assert name in _RNA.functions, f"a layout has no {name} here"
    parameters = {one.identifier: one for one in _RNA.functions[name].parameters if not one.is_output}
    given = dict(zip(parameters, positional, strict=False)) | named
    for word, value in given.items():
        assert word in parameters, f"{name} takes no {word} here"
        assert _holds(parameters[word], value), f"{name}({word}={value!r}) does not exist here"
    missing = [word for word, one in parameters.items() if one.is_required and word not in given]
    assert not missing, f"{name} lacks {missing}"
    return given


def _operator(name: str) -> Any:
    """The RNA of an operator; its `poll` runs as in a window, where an error in it would be printed."""
    folder, _, function = name.partition(".")
    known = getattr(getattr(OPS, folder), function)
    rna = known.get_rna_type()
    cls = getattr(bpy.types, rna.identifier, None)
    if cls is not None and hasattr(cls, "poll"):
        cls.poll(CONTEXT)
    return rna


class Button:
    """`button` is the operator; what the panel sets on it is in `values`."""

    def __init__(self, operator: str, rna: Any) -> None:
        self.__dict__.update(button=operator, values={}, rna=rna)

    def __setattr__(self, name: str, value: Any) -> None:
        assert name in self.rna.properties, f"{self.button} has no {name}"
        assert _holds(self.rna.properties[name], value), f"{self.button}.{name} = {value!r}"
        self.values[name] = value

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["values"][name]
        except KeyError as error:
            raise AttributeError(name) from error


class Shown(SimpleNamespace):
    """Contents of a panel or a dialog."""

    def __init__(self) -> None:
        super().__init__(operators=[], texts=[], properties=[], icons=[])

    @property
    def said(self) -> str:
        return " ".join(self.texts)

    @property
    def buttons(self) -> list[str]:
        return [one.button for one in self.operators]


class Layout:
    """Keeps the operators that can be pressed, the texts, and the names of the properties."""

    def __init__(self, shared: Shown) -> None:
        self.__dict__.update(shared=shared, enabled=True)

    def __setattr__(self, name: str, value: Any) -> None:
        assert name in _RNA.properties, f"a layout has no {name} here"
        assert _holds(_RNA.properties[name], value), f"{name} = {value!r} does not exist here"
        self.__dict__[name] = value

    def __getattr__(self, name: str) -> Any:
        def part(*positional: Any, **named: Any) -> Any:
            given = _called(name, positional, named)
            if given.get("text"):
                self.shared.texts.append(given["text"])
            if given.get("icon"):
                self.shared.icons.append(given["icon"])
            return getattr(self, f"_{name}", self._other)(given)

        if name.startswith("_"):
            raise AttributeError(name)
        return part

    def _operator(self, given: dict[str, Any]) -> Button:
        made = Button(given["operator"], _operator(given["operator"]))
        if self.enabled:
            self.shared.operators.append(made)
        return made

    def _operator_menu_enum(self, given: dict[str, Any]) -> Button:
        made = self._operator(given)
        assert given["property"] in made.rna.properties, given
        return made

    def _prop(self, given: dict[str, Any]) -> None:
        assert given["property"] in given["data"].bl_rna.properties, given
        getattr(given["data"], given["property"])
        self.shared.properties.append(given["property"])

    def _prop_search(self, given: dict[str, Any]) -> None:
        self._prop(given)
        assert given["search_property"] in given["search_data"].bl_rna.properties, given

    def _template_icon_view(self, given: dict[str, Any]) -> None:
        self._prop(given)

    def _template_list(self, given: dict[str, Any]) -> None:
        items = getattr(given["dataptr"], given["propname"])
        assert given["active_propname"] in given["active_dataptr"].bl_rna.properties, given
        cls = getattr(bpy.types, given["listtype_name"])
        for index, item in enumerate(items):
            cls.draw_item(SimpleNamespace(), CONTEXT, Layout(self.shared), None, item, 0, None, "", index, 0)

    def _other(self, given: dict[str, Any]) -> Layout:
        """A row, a column, a box, or what nobody asks for its result."""
        return Layout(self.shared)


def drawn_by(draw: Any, *, rna: Any = None, **values: Any) -> Shown:
    """Return the contents that a `draw` method shows. `values`: of a dialog's properties."""
    shown = Shown()
    draw(SimpleNamespace(layout=Layout(shown), bl_rna=rna, **values), CONTEXT)
    return shown


def drawn(panel: str) -> Shown:
    """Operators, texts, properties and icons that this panel shows now."""
    return drawn_by(getattr(bpy.types, f"KINETIX_PT_{panel}").draw)
