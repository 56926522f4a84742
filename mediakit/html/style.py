"""How the report looks: neutral in light and dark, black on white on paper, no font of its own."""

STYLE = """
:root { color-scheme: light dark; --ink: #1d2125; --dim: #5b636b; --line: #d3d8dd; --paper: #fff;
  --soft: #f4f6f8; --good: #1a6b3c; --bad: #a8201a; --warn: #8a5a00; --link: #0b5394; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8ea; --dim: #a3abb2; --line: #3c4349;
  --paper: #16191c; --soft: #20252a; --good: #6fce97; --bad: #ff8f87; --warn: #e8b65a; --link: #8cc0f5; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 62rem; background: var(--paper); color: var(--ink);
  font: 15px/1.45 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; line-height: 1.3; margin: .3rem 0 .6rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; padding-bottom: .2rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
h4 { font-size: .9rem; margin: .9rem 0 .3rem; color: var(--dim); }
p { margin: .3rem 0; }
a { color: var(--link); }
code { font: .9em ui-monospace, Consolas, "DejaVu Sans Mono", monospace; }
table { border-collapse: collapse; width: 100%; margin: .4rem 0; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
th, td.count { overflow-wrap: normal; }
table.even { table-layout: fixed; }
table.facts th { width: 11rem; color: var(--dim); font-weight: 400; }
header { border-left: .4rem solid var(--dim); padding: .1rem 0 .1rem 1rem; }
header.good { border-color: var(--good); }
header.bad { border-color: var(--bad); }
header.open { border-color: var(--warn); }
.dim, .more, footer { color: var(--dim); }
.alarm, .lost { color: var(--bad); font-weight: 600; }
.badge { display: inline-block; border: 1px solid currentColor; border-radius: .25rem; padding: 0 .45rem;
  margin-right: .5rem; font-size: .85rem; font-weight: 600; }
.good > .badge, .badge.good { color: var(--good); }
.badge.bad, .badge.error { color: var(--bad); }
.badge.warning, .badge.open { color: var(--warn); }
.badge.note, .badge.dim { color: var(--dim); }
.series { display: flex; flex-wrap: wrap; gap: .8rem; }
figure { margin: 0; width: 10rem; }
figure .frame { display: flex; align-items: center; justify-content: center; width: 10rem; height: 10rem;
  background: #000; }
figure .none { background: var(--soft); border: 1px dashed var(--line); padding: .6rem; color: var(--dim);
  font-size: .8rem; text-align: center; }
figcaption { font-size: .85rem; padding-top: .2rem; }
article { margin: .5rem 0; padding: .5rem .8rem; background: var(--soft);
  border-left: .25rem solid var(--dim); }
article.error { border-color: var(--bad); }
article.warning { border-color: var(--warn); }
article ul { margin: .3rem 0 0; padding-left: 1.2rem; font-size: .85rem; color: var(--dim); }
footer { margin-top: 2.5rem; font-size: .85rem; border-top: 1px solid var(--line); padding-top: .6rem; }
@page { size: A4; margin: 15mm; }
@media print {
  :root { --ink: #000; --dim: #444; --line: #bbb; --paper: #fff; --soft: #fff;
    --good: #1a6b3c; --bad: #a8201a; --warn: #8a5a00; --link: #000; color-scheme: light; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  article { border: 1px solid var(--line); border-left-width: .25rem; }
  article, figure, tr { break-inside: avoid; }
  h2, h3, h4 { break-after: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
