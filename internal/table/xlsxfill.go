package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// unpackedForm is how large a workbook that is to be filled may be once unpacked.
const unpackedForm = 64 << 20

// Form is a workbook that somebody else made and that is to be filled.
type Form struct {
	Content []byte
	// Sheet, Header and Line are as [Open] told them: the worksheet, the names of its columns,
	// and the line on which they stand.
	Sheet  string
	Header []string
	Line   int
}

// FillXLSX writes the workbook of a form with rows below its header. The cells of the header, widths, drop-down lists and
// all other sheets stay as they are; what stood below the header is gone, such as an example. Every cell is text, as in
// WriteXLSX, and every row must be as wide as the header.
func FillXLSX(w io.Writer, form Form, rows [][]string) (err error) {
	if err := checkWidth(form.Header, rows); err != nil {
		return err
	}
	file, err := excelize.OpenReader(bytes.NewReader(form.Content), excelize.Options{UnzipSizeLimit: unpackedForm, UnzipXMLSizeLimit: unpackedForm})
	if err != nil {
		return fmt.Errorf("fill XLSX: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	out, err := newFormWriter(file, form)
	if err != nil {
		return fmt.Errorf("fill XLSX: %w", err)
	}
	for _, row := range rows {
		if err := out.row(row); err != nil {
			return err
		}
	}
	if err := errors.Join(out.stream.Flush(), file.Write(w)); err != nil {
		return fmt.Errorf("fill XLSX: %w", err)
	}
	return nil
}

// newFormWriter starts the worksheet anew with its header, whose cells keep their looks.
func newFormWriter(file *excelize.File, form Form) (*xlsxWriter, error) {
	header := make([]any, len(form.Header))
	for i, name := range form.Header {
		cell, err := excelize.CoordinatesToCellName(i+1, form.Line)
		if err != nil {
			return nil, err
		}
		style, err := file.GetCellStyle(form.Sheet, cell)
		if err != nil {
			return nil, err
		}
		header[i] = excelize.Cell{StyleID: style, Value: name}
	}
	text, err := file.NewStyle(&excelize.Style{NumFmt: 49})
	if err != nil {
		return nil, err
	}
	stream, err := file.NewStreamWriter(form.Sheet)
	if err != nil {
		return nil, err
	}
	out := &xlsxWriter{stream: stream, style: text, line: form.Line, cells: make([]any, len(header))}
	return out, stream.SetRow(fmt.Sprintf("A%d", form.Line), header)
}
