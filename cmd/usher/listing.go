package main

import (
	"encoding/json"
	"fmt"
	"io"

	"usher/internal/table"
)

// listing is how a list is printed.
type listing struct {
	JSON bool `name:"json" xor:"format" help:"Print JSON, one object a line."`
	CSV  bool `name:"csv" xor:"format" help:"Print CSV."`
}

// column is one column of a list: its name, and its cell for a row.
type column[T any] struct {
	name string
	cell func(T) string
}

// show prints rows as the listing says. JSON has the whole row, with the names that its
// type gives; tables and CSV have the columns.
func show[T any](l listing, w io.Writer, rows []T, columns []column[T]) error {
	if l.JSON {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		for _, row := range rows {
			if err := encoder.Encode(row); err != nil {
				return fmt.Errorf("write JSON: %w", err)
			}
		}
		return nil
	}
	header := make([]string, len(columns))
	cells := make([][]string, len(rows))
	for i, c := range columns {
		header[i] = c.name
		for j, row := range rows {
			cells[j] = append(cells[j], c.cell(row))
		}
	}
	if l.CSV {
		return table.WriteCSV(w, header, cells, table.Options{ForPeople: true})
	}
	return table.Text(w, header, cells)
}
