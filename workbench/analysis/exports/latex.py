r"""Tables in LaTeX, with booktabs. Each file can be read into a paper with `\input` and compiles alone, too.

Texts are escaped character by character: nothing in a name is a command. What pdfLaTeX has no letters for (Arabic,
Greek, Cyrillic in a name) makes that one table ask for XeLaTeX or LuaLaTeX; all others compile with any of them.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from workbench import files
from workbench.analysis.results.report_tables import Row, Table, Uncertainty, Value, measure_ending, tables_of
from workbench.analysis.results.report_values import StudyReport
from workbench.errors import InputError

COLUMN_MM = 17
MOST_COLUMNS = 6
"""Of numbers beside each other; what is more goes below."""
STUB_LETTER_MM, LEAST_STUB_MM, MOST_STUB_MM = 1.75, 18, 52
"""Width of the labels of rows; longer ones are wrapped."""

_COMMANDS = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\textquotedbl{}", "'": "'{}", "`": r"\textasciigrave{}", "-": "{-}", "[": "{[}",
    "]": "{]}", "Δ": r"$\Delta$", "−": "$-$", "×": r"$\times$", "±": r"$\pm$", "…": r"\dots{}", "–": "--",
    "—": "---", "‘": "`", "’": "'", "“": "``", "”": "''", "·": r"$\cdot$", "\xa0": "~", "≤": r"$\leq$",
    "≥": r"$\geq$", "→": r"$\to$", "←": r"$\leftarrow$", "*": r"{*}",
}  # fmt: skip
_LATIN = frozenset(
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿĂăĄąĆćČčĎďĐđĘęĚěĞğİıĹĺĽľŁłŃńŇňŐőŒœŔŕŘřŚśŞşŠšŢţŤť"
    "ŮůŰűŸŹźŻżŽž"
)
"""Letters beside ASCII that pdfLaTeX sets with its T1 encoding."""


def escaped(text: str) -> str:
    """Return a text so that LaTeX sets exactly it; what runs from right to left is marked as such.

    Control characters and marks of direction are left out, other white space is a blank.
    """
    kept = "".join(
        " " if character.isspace() and character != "\xa0" else character
        for character in unicodedata.normalize("NFC", text)
        if character.isspace() or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    pieces: list[str] = []
    for is_right_to_left, piece in _by_direction(kept):
        plain = "".join(_COMMANDS.get(character, character) for character in piece)
        plain = plain.replace(",,", ",{},")  # else one sign of quotation, as two apostrophes
        pieces.append(rf"\righttoleft{{{plain}}}" if is_right_to_left else plain)
    return "".join(pieces)


def _by_direction(text: str) -> Iterator[tuple[bool, str]]:
    """Stretches of a text, and whether they run from right to left: from one such letter to the last before others."""
    directions = [unicodedata.bidirectional(character) for character in text]
    is_strong = [name in ("R", "AL") for name in directions]
    at = 0
    while at < len(text):
        end = at
        if is_strong[at]:
            while end < len(text) and directions[end] not in ("L", "EN"):
                end += 1
            while not is_strong[end - 1] and directions[end - 1] != "NSM":
                end -= 1
        else:
            while end < len(text) and not is_strong[end]:
                end += 1
        yield is_strong[at], text[at:end]
        at = end


def needs_unicode(texts: Iterable[str]) -> bool:
    """Tell whether some text holds letters that pdfLaTeX cannot set."""
    return any(
        character not in _COMMANDS and character not in _LATIN and not character.isascii()
        for text in texts
        for character in escaped(text)
    )


# A table


def _texts(table: Table) -> list[str]:
    return [
        table.title,
        table.stub,
        *table.notes,
        *table.limits,
        *(text for column in table.columns for text in (column.group, column.title)),
        *(text for row in table.rows for text in (row.section, row.label)),
    ]


def _value(value: Value) -> str:
    text = escaped(value.text)
    if value.spread:
        text += rf" $\pm$ {value.spread}"
    if value.is_best:
        text = rf"\textbf{{{escaped(value.text)}}}" + text.removeprefix(escaped(value.text))
    # The marks take no room: numbers with and without them stand below each other.
    return text + (rf"\rlap{{\textsuperscript{{{value.marks}}}}}" if value.marks else "")


def _interval(value: Value) -> str:
    return rf"{{\scriptsize [{escaped(value.low)}, {escaped(value.high)}]}}" if value.low else ""


def _row(row: Row, columns: Sequence[int], *, indented: bool) -> list[str]:
    values = [row.values[at] for at in columns]
    label = (r"\hspace{1em}" if indented else "") + escaped(row.label)
    lines = [" & ".join([label, *map(_value, values)]) + r" \\"]
    if any(value.low for value in values):
        lines.append(" & ".join(["", *map(_interval, values)]) + r" \\[2pt]")
    return lines


def breakable(name: str) -> str:
    """Return a name that LaTeX may break where its parts end."""
    text = escaped(name)
    for sign in (r"\_", "{-}", "."):
        text = text.replace(sign, rf"{sign}\allowbreak{{}}")
    return text


def _kind_of(name: str, size: int) -> str:
    """Return the kind of a head over some columns: one that is wrapped where the name is too long for them."""
    width = COLUMN_MM * size
    if len(name) * STUB_LETTER_MM <= width:
        return "c"
    return rf">{{\centering\arraybackslash\hspace{{0pt}}}}p{{{width}mm}}"


def _head(table: Table, columns: Sequence[int]) -> list[str]:
    groups = [(name, len(list(members))) for name, members in groupby(table.columns[at].group for at in columns)]
    names = [rf"\multicolumn{{{size}}}{{{_kind_of(name, size)}}}{{{breakable(name)}}}" for name, size in groups]
    rules: list[str] = []
    at = 2
    for _, size in groups:
        rules.append(rf"\cmidrule(lr){{{at}-{at + size - 1}}}")
        at += size
    titles = [escaped(table.columns[at].title) for at in columns]
    return [" & ".join(["", *names]) + r" \\", " ".join(rules), " & ".join([escaped(table.stub), *titles]) + r" \\"]


def _stub_mm(table: Table) -> int:
    longest = max(len(text) for text in (table.stub, *(row.label + "  " * bool(row.section) for row in table.rows)))
    return round(min(max(STUB_LETTER_MM * longest, LEAST_STUB_MM), MOST_STUB_MM))


def _tabular(table: Table, columns: Sequence[int]) -> list[str]:
    stub = rf">{{\raggedright\arraybackslash}}p{{{_stub_mm(table)}mm}}"
    lines = [rf"\begin{{tabular}}{{@{{}}{stub}{'c' * len(columns)}@{{}}}}"]
    lines += [r"\toprule", *_head(table, columns)]
    if not table.rows[0].section:
        lines.append(r"\midrule")
    for section, rows in groupby(table.rows, key=lambda row: row.section):
        if section:
            lines += [
                r"\midrule",
                rf"\multicolumn{{{len(columns) + 1}}}{{@{{}}l@{{}}}}{{\emph{{{escaped(section)}}}}} \\",
            ]
        for row in rows:
            lines += _row(row, columns, indented=bool(section))
    return [*lines, r"\bottomrule", r"\end{tabular}"]


def _parts(table: Table) -> list[list[int]]:
    """Columns of each tabular: whole groups where they fit."""
    parts: list[list[int]] = [[]]
    for _, members in groupby(range(len(table.columns)), key=lambda at: table.columns[at].group):
        group = list(members)
        if parts[-1] and len(parts[-1]) + len(group) > MOST_COLUMNS:
            parts.append([])
        for at in group:
            if len(parts[-1]) == MOST_COLUMNS:
                parts.append([])
            parts[-1].append(at)
    return parts


def _table(table: Table) -> list[str]:
    parts = [_tabular(table, columns) for columns in _parts(table)]
    below = [line for part in parts[1:] for line in (r"\par\medskip", *part)]
    caption = " ".join(escaped(text) for text in (f"{table.title}.", *table.notes, *table.limits))
    return [
        r"\begin{table}[htbp]",
        *([r"\centering"] if len(parts) == 1 else [r"\raggedright"]),
        r"\setlength{\belowcaptionskip}{6pt}",
        rf"\caption{{{caption}}}",
        rf"\label{{tab:{table.name}}}",
        r"\footnotesize",
        r"\setlength{\tabcolsep}{5pt}",
        *parts[0],
        *below,
        r"\end{table}",
    ]


# Files

_RIGHT_TO_LEFT = r"""\usepackage{fontspec}
\ifdefined\XeTeXversion\TeXXeTstate=1 \fi
\IfFontExistsTF{Amiri}{\newfontfamily\arabicletters[Script=Arabic]{Amiri}}{%
  \IfFontExistsTF{Noto Naskh Arabic}{\newfontfamily\arabicletters[Script=Arabic]{Noto Naskh Arabic}}{%
  \newfontfamily\arabicletters[Script=Arabic]{DejaVu Sans}}}
\ifdefined\XeTeXversion
  \newcommand{\righttoleft}[1]{{\arabicletters\beginR #1\endR}}
\else
  \newcommand{\righttoleft}[1]{{\arabicletters\textdir TRT #1}}
\fi"""
_WANTS_UNICODE = r"""\ifdefined\XeTeXversion\else\ifdefined\directlua\else
  \errmessage{Names in this table need XeLaTeX or LuaLaTeX}
\fi\fi"""


_LATIN_LETTERS = [r"\usepackage[T1]{fontenc}", r"\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}"]


def _preamble(*, is_unicode: bool) -> list[str]:
    return [
        r"\documentclass[a4paper]{article}",
        r"\usepackage[margin=22mm]{geometry}",
        r"\usepackage{array}",
        r"\usepackage{booktabs}",
        *([_WANTS_UNICODE, _RIGHT_TO_LEFT] if is_unicode else _LATIN_LETTERS),
    ]


def table_file(table: Table) -> str:
    r"""Return the file of one table: it compiles alone, and can be read into a document with `\input`."""
    is_unicode = needs_unicode(_texts(table))
    needed = "array, booktabs" + (", and what the preamble below says of letters" if is_unicode else "")
    head = ["% !TeX program = xelatex"] if is_unicode else []
    head += [
        f"% The table {table.name}.",
        f"% Compiles alone; in a paper: \\input{{{table.name}}}, with the packages {needed}.",
        r"\makeatletter",
        r"\ifx\documentclass\@notprerr\gdef\tablesend{}\else\gdef\tablesend{\end{document}}",
        r"\makeatother",
        *_preamble(is_unicode=is_unicode),
        r"\begin{document}",
        r"\fi",
        r"\makeatother",
    ]
    return "\n".join([*head, *_table(table), r"\tablesend", ""])


def _document(tables: Sequence[Table]) -> str:
    is_unicode = needs_unicode(text for table in tables for text in _texts(table))
    return "\n".join(
        [
            *(["% !TeX program = xelatex"] if is_unicode else []),
            "% All tables of the study in one document.",
            *_preamble(is_unicode=is_unicode),
            r"\begin{document}",
            *(rf"\input{{{table.name}}}" for table in tables),
            r"\end{document}",
            "",
        ]
    )


def save_latex(report: StudyReport, folder: Path, uncertainty: Uncertainty = "sd") -> tuple[Path, ...]:
    """Write the tables of a report into a folder, a file each, and `tables.tex`, which shows them all.

    Those of another measure than CER have its name at the end of theirs: `delta-wer.tex`, `tables-wer.tex`.

    Raises
    ------
    InputError
        When no run has finished.
    WorkspaceError
        When the folder cannot be written.
    """
    tables = tables_of(report, uncertainty)
    if not tables:
        raise InputError("There are no tables to write", "no run of the study has finished", "Run the study first.")
    written = {f"{table.name}.tex": table_file(table) for table in tables}
    written[f"tables{measure_ending(report)}.tex"] = _document(tables)
    for name, text in written.items():
        files.write_text(folder / name, text)
    return tuple(folder / name for name in written)
