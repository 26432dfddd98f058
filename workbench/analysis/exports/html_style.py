"""How the page of a report looks: light and dark as the reader's system says, and on paper."""

import base64

from workbench.analysis.exports.html_charts import LINES
from workbench.resource_files import resource_path

CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
"""Nothing is loaded from anywhere, nothing is run, whatever the page holds."""

_LIGHT = ("#4d4d4d", "#0072b2", "#d55e00", "#009e73", "#b5568f", "#a87400", "#3a94c9")
_DARK = ("#c4c4c4", "#56b4e9", "#f0884a", "#3fc79a", "#e3a3c8", "#e6b030", "#8fd0f5")
"""Of lines, in the order of the regimes. Source: Okabe and Ito's palette, its lightness set for either ground."""
assert len(_LIGHT) == len(_DARK) == LINES

_FONTS = {
    "Workbench Naskh": "fonts/noto-naskh-arabic-400-normal.woff2",
    "Workbench Nastaliq": "fonts/noto-nastaliq-urdu-arabic-400-normal.woff2",
}


def _variables(lines: tuple[str, ...], **colours: str) -> str:
    every = {f"line{n}": colour for n, colour in enumerate(lines)} | colours
    return "".join(f"--{name}:{colour};" for name, colour in every.items())


_LIGHT_COLOURS = _variables(
    _LIGHT, ground="#ffffff", ink="#1a1c1f", faint="#5b6068", edge="#d4d7dc", soft="#f4f5f7", wrong="#a3160c",
    extra="#7a4b00", link="#0b57a4",
)  # fmt: skip
_DARK_COLOURS = _variables(
    _DARK, ground="#15171a", ink="#e6e8eb", faint="#a2a8b1", edge="#3a3f46", soft="#1f2226", wrong="#ff9b8f",
    extra="#f0c26a", link="#82b7f5",
)  # fmt: skip

_STYLE = """
:root{color-scheme:light dark;LIGHT}
@media (prefers-color-scheme:dark){:root{DARK}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.55 system-ui,"Segoe UI","Noto Sans",sans-serif}
main{max-width:1080px;margin:0 auto;padding:32px 24px 64px}
h1{font-size:27px;line-height:1.25;margin:0 0 8px}
h2{font-size:20px;margin:44px 0 10px;padding-top:14px;border-top:1px solid var(--edge)}
h3{font-size:16px;margin:24px 0 6px}
p{margin:8px 0;max-width:76ch}
a{color:var(--link)}
nav ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:4px 18px}
.lead{font-size:17px}
.note,.source,figcaption{color:var(--faint);font-size:13.5px}
.mark{display:inline-block;
border:1px solid currentColor;border-radius:4px;padding:1px 8px;font-size:13px;color:var(--wrong)}
.scroll{overflow-x:auto;margin:10px 0}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:14px}
th,td{padding:5px 12px;text-align:start;vertical-align:top}
thead th{font-weight:600}
thead tr:last-child th{border-bottom:1px solid var(--ink)}
th.group{text-align:center;border-bottom:1px solid var(--edge)}
td.value,th.value{text-align:center;white-space:nowrap}
tbody th{font-weight:400}
tbody tr.section th{font-style:italic;padding-top:12px}
tbody tr:last-child td,tbody tr:last-child th{border-bottom:1px solid var(--ink)}
td small{display:block;color:var(--faint);font-size:12.5px}
td sup,.charts sup{line-height:0}
table.plain td,table.plain th{border-bottom:1px solid var(--edge)}
td.long{overflow-wrap:anywhere;min-width:13em}
.charts{display:flex;flex-wrap:wrap;gap:20px 32px;margin:8px 0 18px}
figure{margin:0;max-width:100%}
figcaption{margin:0 0 4px;font-weight:600}
svg{max-width:100%;height:auto;display:block}
svg text{font:12px system-ui,"Noto Sans",sans-serif;fill:currentColor}
svg text[fill="#fff"]{fill:#fff}svg text[fill="#000"]{fill:#000}
svg text.value{font-size:17px;font-weight:600}
svg text.label{font-size:13px}
svg text.tick{font-size:11px;fill:var(--faint)}
svg .grid{stroke:var(--edge);stroke-width:1}
svg.hidden{position:absolute}
.key .entry{display:inline-flex;align-items:center;gap:6px;margin-inline-end:18px}
.key svg{display:inline-block}
.line{border:1px solid var(--edge);border-radius:6px;padding:12px 16px;margin:14px 0;break-inside:avoid}
.line .source{display:flex;flex-wrap:wrap;gap:4px 14px}
.line img{display:block;max-width:100%;height:auto;margin:8px 0;background:#fff;border:1px solid var(--edge)}
.line dl{display:grid;grid-template-columns:minmax(9em,max-content) 1fr;gap:2px 16px;margin:8px 0 0}
.line dt{color:var(--faint);font-size:13.5px;padding-top:.5em}
.line dd{margin:0}
.text{font-size:21px;line-height:1.9;overflow-wrap:anywhere;white-space:pre-wrap}
.text:lang(ar),.text:lang(fa),.text[dir=rtl]{font-family:"Workbench Naskh","Noto Naskh Arabic",serif}
.text:lang(ur){font-family:"Workbench Nastaliq","Noto Nastaliq Urdu",serif;line-height:2.5}
.text mark{background:none;color:var(--wrong);text-decoration:underline wavy var(--wrong);text-underline-offset:.45em}
.text ins{color:var(--extra);text-decoration:underline double var(--extra);text-underline-offset:.45em}
.counts{color:var(--faint);font-size:13px}
pre{background:var(--soft);border:1px solid var(--edge);border-radius:6px;padding:12px 16px;overflow-x:auto;
font-size:13px;line-height:1.5}
code{font-family:ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
@page{margin:16mm}
@media print{:root{LIGHT;color-scheme:light}
body{font-size:10.5pt}main{max-width:none;padding:0}nav{display:none}
table.plain{font-size:8pt}table.plain td,table.plain th{padding:2px 6px}
h2,h3,h2+p,figcaption{break-after:avoid}table:not(.plain),figure,.line,tr{break-inside:avoid}
pre{white-space:pre-wrap}
.scroll{overflow:visible}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
"""


def style(*, languages: frozenset[str]) -> str:
    """Return the style of the page, with the fonts of the languages that its example lines are in."""
    wanted = {"Workbench Nastaliq"} if "ur" in languages else set[str]()
    if languages - {"ur"}:
        wanted.add("Workbench Naskh")
    faces = "".join(
        f'@font-face{{font-family:"{name}";src:url(data:font/woff2;base64,{_base64(file)}) format("woff2")}}'
        for name, file in _FONTS.items()
        if name in wanted
    )
    return faces + _STYLE.replace("LIGHT", _LIGHT_COLOURS).replace("DARK", _DARK_COLOURS)


def _base64(file: str) -> str:
    return base64.b64encode(resource_path(file).read_bytes()).decode("ascii")
