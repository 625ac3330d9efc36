package main

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"iter"
	"strings"
	"time"
)

// evidenceStyle makes one page to print of the proof: no scripts, no pictures, nothing fetched.
const evidenceStyle = `body{font:10pt/1.35 sans-serif;margin:1.5cm}table{border-collapse:collapse;width:100%;font-size:8pt}
th,td{border:1px solid #999;padding:2px 4px;text-align:left;vertical-align:top}th{background:#eee}tr{break-inside:avoid}
tr.open td{font-weight:bold}thead{display:table-header-group}@page{size:A4 landscape;margin:1cm}@media print{body{margin:0}}`

// page writes the proof as one page of HTML. The line on how complete it is stands at the end, because
// lines are written as they are read.
func (q *proof) page(w io.Writer, rows iter.Seq[[]string]) error {
	out := bufio.NewWriter(w)
	title := "Leavers and their seats"
	if q.portal != "" {
		title += " at " + q.portal
	}
	fmt.Fprintf(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>%s</title><style>%s</style></head><body>\n", html.EscapeString(title), evidenceStyle)
	fmt.Fprintf(out, "<h1>%s</h1>\n<p>Since %s, as of %s UTC.</p>\n<table><thead>", html.EscapeString(title), q.since.Std().Format(time.DateOnly), stamp(q.now))
	writeRow(out, "", "th", evidenceHeader)
	fmt.Fprint(out, "</thead><tbody>\n")
	for row := range rows {
		class := ""
		if strings.HasPrefix(row[0], "OPEN") {
			class = ` class="open"`
		}
		writeRow(out, class, "td", row)
	}
	fmt.Fprintf(out, "</tbody></table>\n<p>%s</p>\n</body></html>\n", html.EscapeString(q.complete()))
	return out.Flush()
}

func writeRow(out io.Writer, class, cell string, cells []string) {
	fmt.Fprintf(out, "<tr%s>", class)
	for _, c := range cells {
		fmt.Fprintf(out, "<%s>%s</%s>", cell, html.EscapeString(c), cell)
	}
	fmt.Fprint(out, "</tr>\n")
}
