"""What a panel would draw, as lists: Blender as a module has no window to draw it in."""

from __future__ import annotations

from types import SimpleNamespace

import bpy
import rigs


class Button:
    """`button` is the operator; what the panel sets on it is in `values`."""

    def __init__(self, operator):
        self.__dict__.update(button=operator, values={})

    def __setattr__(self, name, value):
        self.values[name] = value

    def __getattr__(self, name):
        try:
            return self.__dict__["values"][name]
        except KeyError as error:
            raise AttributeError(name) from error


class Layout:
    """Takes every call of a UILayout; keeps the operators, the texts and the disabled ones."""

    def __init__(self, shared=None) -> None:
        self.shared = shared or SimpleNamespace(operators=[], texts=[], properties=[])
        self.enabled = True

    def operator(self, name, text=None, **_):
        made = Button(name)
        if self.enabled:
            self.shared.operators.append(made)
        if text:
            self.shared.texts.append(text)
        return made

    def operator_menu_enum(self, name, _property, **_):
        return self.operator(name)

    def label(self, text="", **_):
        self.shared.texts.append(text)

    def progress(self, text="", **_):
        self.shared.texts.append(text)

    def prop(self, _owner, name, text=None, **_):
        self.shared.properties.append(name)
        if text:
            self.shared.texts.append(text)

    def __getattr__(self, name):
        def part(*_arguments, **_named):
            return Layout(self.shared)

        return part


def drawn(panel: str):
    """Operators, texts and properties that this panel shows now."""
    feature, _, name = panel.partition(".")
    cls = getattr(rigs.addon(f"{feature}.panel"), name)
    layout = Layout()
    cls.draw(SimpleNamespace(layout=layout), bpy.context)
    return layout.shared
