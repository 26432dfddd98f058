"""Editors that are made from the study's schema: every field, with its docstring as its explanation."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, get_args, get_origin

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QVBoxLayout, QWidget

from workbench.gui.appearance import GRID_PX
from workbench.gui.panels.study.rows import FieldEdit, FieldRow
from workbench.gui.stores.study import StudyStore
from workbench.study.schema import FrozenModel

_UNITS = {"_px": " (px)"}
_NONE = "none"


@cache
def explanations(model: type[FrozenModel]) -> Mapping[str, str]:
    """Docstrings of a model's fields, as plain sentences."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(model)))
    body = tree.body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for field, words in zip(body.body, body.body[1:], strict=False):
        match field, words:
            case (ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text)))):
                found[name] = inspect.cleandoc(text).replace("`", "").replace("\n", " ")
            case _:
                pass
    return found


def title_of(name: str) -> str:
    """Name of a field as the window writes it: 'line_height_px' is 'Line height (px)'."""
    for suffix, unit in _UNITS.items():
        if name.endswith(suffix):
            name = name.removesuffix(suffix) + unit
    return name[:1].upper() + name[1:].replace("_", " ")


def text_of(value: object) -> str:
    """Value of a field as text to edit."""
    if value is None:
        return _NONE
    if isinstance(value, tuple):
        return ", ".join(map(text_of, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def value_of(text: str, annotation: Any) -> object:
    """Turn typed text into what the schema checks: lists where a field holds several, None where it may be absent."""
    text = text.strip()
    arguments = get_args(annotation)
    if get_origin(annotation) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    if type(None) in arguments and text.casefold() in ("", _NONE):
        return None
    return text


class ChoiceBox(QComboBox):
    """A choice among the values that a field allows."""

    chosen = Signal(str)

    def __init__(self, values: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        for value in values:
            self.addItem(value.replace("_", " "), value)
        self.activated.connect(self._tell)

    def show_value(self, value: str) -> None:
        """Show the value that holds."""
        self.setCurrentIndex(self.findData(value))

    @Slot()
    def _tell(self) -> None:
        self.chosen.emit(self.currentData())

    def wheelEvent(self, event: Any) -> None:
        """Scroll the form, never change a value in passing."""
        event.ignore()


class SchemaField(QWidget):
    """One field of a nested model of the study."""

    def __init__(self, store: StudyStore, section: str, name: str, model: type[FrozenModel]) -> None:
        super().__init__()
        self._store = store
        self._section = section
        self._name = name
        self._annotation = model.model_fields[name].annotation
        self._edit: FieldEdit | None = None
        self._show, editor = self._make_editor()
        self.row = FieldRow(title_of(name), editor, explanations(model).get(name, ""))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.row)

    @property
    def key(self) -> str:
        """Dotted name of the field."""
        return f"{self._section}.{self._name}"

    def _make_editor(self) -> tuple[Callable[[Any], None], QWidget]:
        if self._annotation is bool:
            box = QCheckBox("on")
            box.clicked.connect(self._commit)
            return box.setChecked, box
        if get_origin(self._annotation) is Literal:
            choice = ChoiceBox(get_args(self._annotation))
            choice.chosen.connect(self._commit)
            return choice.show_value, choice
        edit = FieldEdit()
        edit.typed.connect(self._check)
        edit.committed.connect(self._commit_text)
        self._edit = edit
        return self._show_text, edit

    def _show_text(self, value: object) -> None:
        assert self._edit is not None
        self._edit.reset(text_of(value))

    def refresh(self) -> None:
        """Show the study's value, and what is wrong with the latest edit."""
        if self._edit is not None and self._edit.is_typing:
            return
        problem = self._store.problems.get(self.key, "")
        if not problem:
            self._show(getattr(getattr(self._store.study, self._section), self._name))
        self.row.say(problem)

    @Slot(bool)
    @Slot(str)
    def _commit(self, value: object) -> None:
        self._store.edit(**{self._section: {self._name: value}})

    @Slot(str)
    def _commit_text(self, text: str) -> None:
        self._commit(value_of(text, self._annotation))

    @Slot(str)
    def _check(self, text: str) -> None:
        problems = self._store.check(**{self._section: {self._name: value_of(text, self._annotation)}})
        self.row.say(next(iter(problems.values()), ""))


class SchemaSection(QWidget):
    """All fields of a nested model of the study."""

    def __init__(
        self, store: StudyStore, section: str, model: type[FrozenModel], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.fields = {name: SchemaField(store, section, name, model) for name in model.model_fields}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID_PX, 0, 0, GRID_PX)
        layout.setSpacing(GRID_PX + GRID_PX // 2)
        for field in self.fields.values():
            layout.addWidget(field)

    def refresh(self) -> None:
        """Show the study's values."""
        for field in self.fields.values():
            field.refresh()
