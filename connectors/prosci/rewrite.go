package prosci

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"usher/internal/table"
	"usher/internal/usher"
)

// Rewrite turns an upload file that somebody filled, in whatever form Excel saved it, into the
// form of a template of the same tools: names and addresses without stray space, dates as ISO
// 8601, the example row left out. Dates that are written in another way are read by layout, as
// package time has them ("02.01.2006"); without it they stay, and are findings.
//
// The findings are about what was made of the file. Where one of them is an error, nothing is.
func (p *Portal) Rewrite(file []byte, of usher.Template, layout string) ([]byte, []usher.Finding, error) {
	t, err := p.readTemplate(of.Content)
	if err != nil {
		return nil, nil, fmt.Errorf("rewrite upload: template %s: %w", of.Name, err)
	}
	sheet, err := openTable(file)
	if err != nil {
		return nil, nil, fmt.Errorf("rewrite upload: %w", err)
	}
	from, err := bind(sheet.Header)
	if err != nil {
		return nil, nil, fmt.Errorf("rewrite upload: %w", err)
	}
	if !slices.Equal(from.codes(), t.codes()) {
		return nil, nil, fmt.Errorf("rewrite upload: the file is for %s, the template for %s; use the template of the same tools", from.key(), t.key())
	}
	w := rewriter{from: from, to: t, layout: layout}
	findings, err := readRows(sheet, file, w.row)
	if err != nil {
		return nil, nil, fmt.Errorf("rewrite upload: %w", err)
	}
	if refuses(findings) || len(w.rows) == 0 {
		return nil, findings, nil
	}
	content, err := t.content(w.rows)
	if err != nil {
		return nil, nil, fmt.Errorf("rewrite upload: %w", err)
	}
	if findings, err = p.Check(content); err != nil {
		return nil, nil, errors.Join(errors.New("rewrite upload: the result is not right"), err)
	}
	if refuses(findings) {
		content = nil
	}
	return content, findings, nil
}

// refuses says that a finding keeps a file from being used.
func refuses(findings []usher.Finding) bool {
	return slices.ContainsFunc(findings, func(f usher.Finding) bool { return f.Severity == usher.SeverityError })
}

// rewriter carries rows from one layout to another.
type rewriter struct {
	from   layout
	to     template
	layout string
	rows   [][]string
}

func (w *rewriter) row(number int, cells []string) []usher.Finding {
	if number == 2 && w.from.isExample(cells) {
		return nil
	}
	out := make([]string, len(w.to.header))
	out[w.to.first], out[w.to.last] = cleanUnlessBroken(cells[w.from.first]), cleanUnlessBroken(cells[w.from.last])
	out[w.to.email] = strings.Clone(trim(cells[w.from.email]))
	if w.to.graduation >= 0 && w.from.graduation >= 0 {
		out[w.to.graduation] = w.date(cells[w.from.graduation])
	}
	for _, to := range w.to.others {
		for _, from := range w.from.others {
			if table.FoldHeader(w.from.header[from]) == table.FoldHeader(w.to.header[to]) {
				out[to] = strings.Clone(trim(cells[from]))
			}
		}
	}
	for _, to := range w.to.tools {
		for _, from := range w.from.tools {
			if from.code != to.code {
				continue
			}
			out[to.at] = strings.Clone(strings.TrimSpace(cells[from.at]))
			if from.expires >= 0 && to.expires >= 0 {
				out[to.expires] = w.date(cells[from.expires])
			}
		}
	}
	w.rows = append(w.rows, out)
	return nil
}

// cleanUnlessBroken leaves a name with a line break as it is, for Check to find it.
func cleanUnlessBroken(name string) string {
	if breaksLine(trim(name)) {
		return strings.Clone(name)
	}
	return cleanName(name)
}

// date is ISO 8601 where the layout reads it.
func (w *rewriter) date(cell string) string {
	cell = strings.TrimSpace(cell)
	if w.layout != "" {
		if day, err := time.Parse(w.layout, cell); err == nil {
			return day.Format(time.DateOnly)
		}
	}
	return strings.Clone(cell)
}
