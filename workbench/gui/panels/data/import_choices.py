"""What the user can decide about an import: each choice with what was found, in one line."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFrame, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from workbench.data.encodings import NO_ENCODING
from workbench.data.line import LANGUAGE_NAMES
from workbench.data.overrides import Overrides
from workbench.data.preview import PartCounts, Preview
from workbench.data.reader import Detection, examples
from workbench.data.readers import READERS
from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.datasets import PART_WORDS
from workbench.gui.labels import MutedLabel, ProblemLabel
from workbench.gui.messages import plain_label
from workbench.gui.stores.datasets import Proposal
from workbench.gui.wording import count, counted, language_name

WIDTH_PX = 340

_FURTHER_LANGUAGES = {
    "ota": "Ottoman Turkish",
    "ps": "Pashto",
    "ckb": "Central Kurdish",
    "sd": "Sindhi",
    "ug": "Uyghur",
}
_ENCODINGS = (("told apart file by file", None), ("UTF-8", "UTF-8"), ("Windows-1256", "Windows-1256"),
              ("UTF-16", "UTF-16"))  # fmt: skip
_SEPARATORS = (("as the first rows have it", None), ("TAB", "tab"), ("blank", "blank"), ("comma", "comma"),
               ("semicolon", "semicolon"))  # fmt: skip
_PARTS = (
    ("as the data set says", "told"),
    ("none: studies draw their own", "none"),
    ("all lines are training lines", "train"),
    ("all lines are validation lines", "validation"),
    ("all lines are test lines", "test"),
)
_TEXTS = (("unique texts (Para2, Para3)", "unique"), ("the fixed text (Para1, Para4)", "fixed"), ("both", "both"))
_ORDERS = (
    ("in reading order", "logical"),
    ("back to front", "reversed"),
    ("as displayed, numbers from left to right", "visual"),
)


class ImportChoices(QScrollArea):
    """Name and overrides of an import."""

    changed = Signal()
    """Something was chosen with which the data set has to be read again."""
    renamed = Signal()

    def __init__(self, proposal: Proposal, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._proposal = proposal
        self._overrides = proposal.overrides
        self._titles: dict[QWidget, QLabel] = {}
        self._column = QVBoxLayout()
        self._column.setContentsMargins(0, 0, GRID_PX, 0)
        self._column.setSpacing(2)
        self._make_choices()
        self._column.addStretch(1)
        inner = QWidget()
        inner.setLayout(self._column)
        self.setWidget(inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(WIDTH_PX)
        for widget in (self, inner):
            widget.setAutoFillBackground(False)
            widget.setStyleSheet(".QWidget, ImportChoices { background: transparent; }")

    def _make_choices(self) -> None:
        given = self._proposal.overrides
        self.form, self.form_words = self._combo("&Form", [("as recognised", None), *_forms()], given.form)
        self.name = QLineEdit(self._proposal.name)
        self.name.setPlaceholderText(self._proposal.path.name)
        self.name.setReadOnly(bool(self._proposal.name))
        self.name.textChanged.connect(self.renamed)
        self.name_words = self._row("&Name", self.name)
        self.name_fault = ProblemLabel()
        self._column.insertWidget(self._column.count() - 1, self.name_fault)
        self.language, self.language_words = self._combo("&Language", _languages(), None)
        typed = QLineEdit()
        typed.setAccessibleName("Language")
        self.language.setLineEdit(typed)
        self.language.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.language.setToolTip("Other languages by their code of two or three letters")
        self._show_language(given.language)
        self.encoding, self.encoding_words = self._combo("&Encoding", _ENCODINGS, given.encoding)
        self.separator, self.separator_words = self._combo("&Separator", _SEPARATORS, given.separator)
        self.parts, self.parts_words = self._combo("&Parts", _PARTS, given.parts)
        self.texts, self.texts_words = self._combo("&KHATT's texts", _TEXTS, given.texts)
        self._show_texts(is_shown=given.texts != "unique")
        self.order, self.order_words = self._combo("Texts are st&ored", _ORDERS, given.stored_order)
        typed.editingFinished.connect(self._tell)
        for box in (self.form, self.language, self.encoding, self.separator, self.parts, self.texts, self.order):
            box.currentIndexChanged.connect(self._tell)

    def _combo(self, title: str, items: Sequence[tuple[str, object]], chosen: object) -> tuple[QComboBox, QLabel]:
        box = QComboBox()
        for text, value in items:
            box.addItem(text, value)
        box.setCurrentIndex(max(box.findData(chosen), 0))
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        return box, self._row(title, box)

    def _row(self, title: str, field: QWidget) -> QLabel:
        """Add a field with its title above and what was found below."""
        label = plain_label(title)
        label.setBuddy(field)
        field.setAccessibleName(title.replace("&", ""))
        words = MutedLabel()
        self._titles[field] = label
        for widget in (label, field, words):
            self._column.addWidget(widget)
        self._column.addSpacing(GRID_PX)
        return words

    def _show_language(self, code: str | None) -> None:
        at = self.language.findData(code)
        if at >= 0:
            self.language.setCurrentIndex(at)
        else:
            self.language.setEditText(code or "")

    @property
    def _language_code(self) -> str | None:
        text = self.language.currentText().strip()
        at = self.language.findText(text, Qt.MatchFlag.MatchFixedString)
        return self.language.itemData(at) if at >= 0 else text.lower() or None

    @property
    def overrides(self) -> Overrides:
        """What is chosen."""
        return Overrides(
            form=self.form.currentData(),
            language=self._language_code,
            encoding=self.encoding.currentData(),
            separator=self.separator.currentData(),
            parts=self.parts.currentData(),
            texts=self.texts.currentData(),
            stored_order=self.order.currentData(),
        )

    @Slot()
    def _tell(self) -> None:
        """Tell of a change once, however many signals it made."""
        if self.overrides != self._overrides:
            self._overrides = self.overrides
            self.changed.emit()

    def show_detections(self, detections: Sequence[Detection]) -> None:
        """Say as what the files can be read, as soon as that is known."""
        first = detections[0].label if detections else "nothing"
        self.form.setItemText(0, f"as recognised: {first}" if detections else "as recognised")
        matching = {detection.form for detection in detections}
        with QSignalBlocker(self.form):
            for at in range(1, self.form.count()):
                form = self.form.itemData(at)
                suffix = "" if form in matching or not detections else " (does not match)"
                self.form.setItemText(at, READERS[form].label + suffix)

    def show_preview(self, found: Preview) -> None:
        """Say beside each choice what was found."""
        others = [other.label for other in found.reading.others]
        also = f" Also readable as {examples(others)}; nothing counts twice." if others else ""
        self.form_words.setText(f"{found.detection.reason}.{also}")
        self.language_words.setText(_language_words(found))
        self.encoding_words.setText(_encoding_words(found))
        self.separator_words.setText(_separator_words(found))
        self.parts_words.setText(_parts_words(found))
        self.texts_words.setText(_texts_words(found))
        self.order_words.setText(found.suspicion or "No sign that they are stored back to front.")
        can_choose = READERS[found.reading.form].chooses_texts
        self.texts.setEnabled(can_choose or self.texts.currentIndex() > 0)
        self._show_texts(is_shown=self.texts.isEnabled() or bool(found.texts.get("fixed")))
        self.encoding.setEnabled(bool(found.encodings) or self.encoding.currentIndex() > 0)
        self.separator.setEnabled(bool(found.separators) or self.separator.currentIndex() > 0)

    def _show_texts(self, *, is_shown: bool) -> None:
        """Leave out what only some packagings of KHATT have."""
        for part in (self._titles[self.texts], self.texts, self.texts_words):
            part.setVisible(is_shown)

    def say_names(self, names: Sequence[str], fault: str, *, is_there: bool) -> None:
        """Say what the data sets will be called, or why they cannot be."""
        self.name_fault.say(fault)
        self.name_words.setVisible(not fault)
        if is_there:
            self.name_words.setText("Runs on the lines as they were are other runs; they stay.")
        elif len(names) > 1:
            self.name_words.setText(f"One data set per language: {', '.join(names)}")
        else:
            self.name_words.setText(f"In studies and tables: {names[0]}" if names else "")


def _forms() -> list[tuple[str, object]]:
    return [(reader.label, form) for form, reader in READERS.items()]


def _languages() -> list[tuple[str, object]]:
    known = {**LANGUAGE_NAMES, **_FURTHER_LANGUAGES}
    return [("as recognised", None), *((f"{title} ({code})", code) for code, title in known.items())]


def _language_words(found: Preview) -> str:
    said = [
        f"{language_name(one.language) if one.language != 'und' else 'not known'}: "
        f"{counted(one.lines, 'line')}, {one.decided_by}"
        for one in found.languages
    ]
    reasons = {one.decided_by for one in found.languages}
    if len(said) > 1 and len(reasons) == 1:
        named = ", ".join(f"{language_name(one.language)} {count(one.lines)}" for one in found.languages)
        return f"{named}; {reasons.pop()}"
    return "; ".join(said)


def _encoding_words(found: Preview) -> str:
    if not found.encodings:
        return "No text files: the texts stand in tables that tell their own."
    said: list[str] = []
    for encoding, use in found.encodings.items():
        rows = f" ({counted(use.rows, 'row')})" if use.rows else ""
        said.append(f"{'not decodable' if encoding == NO_ENCODING else encoding}: {counted(use.files, 'file')}{rows}")
    return "; ".join(said)


def _separator_words(found: Preview) -> str:
    if not found.separators:
        return "No list or table whose cells would have to be parted."
    words = {value: title for title, value in _SEPARATORS}
    return "; ".join(f"{words[mark]} in {counted(rows, 'row')}" for mark, rows in found.separators.items())


def _parts_words(found: Preview) -> str:
    told = parts_text([language.told for language in found.languages])
    parts = parts_text([language.parts for language in found.languages])
    return parts if parts == told else f"{parts}; the data set itself: {told}"


def parts_text(counts: Sequence[PartCounts]) -> str:
    """Lines of each part, over all languages: '1,400 train, 233 validation'."""
    total = {part: sum(one.get(part, 0) for one in counts) for part in ("train", "validation", "test", None)}
    return ", ".join(f"{count(lines)} {PART_WORDS[part]}" for part, lines in total.items() if lines) or "no lines"


def _texts_words(found: Preview) -> str:
    if not found.texts:
        return "Only KHATT has a fixed text beside the unique ones."
    said = ", ".join(f"{count(images)} {kind}" for kind, images in found.texts.items())
    is_chosen = READERS[found.reading.form].chooses_texts
    return f"Images: {said}" if is_chosen else f"Images: {said}. This packaging is read whole."
