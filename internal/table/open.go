package table

import "io"

// Open tells by its content what the size bytes of r are, CSV or XLSX, and reads the header. Rows are read as they are
// asked for, so r must stay open and unchanged meanwhile. It fails with a *FileError where the file is at fault.
func Open(r io.ReaderAt, size int64, o ReadOptions) (*Sheet, error) {
	o.Limits = o.Limits.withDefaults(CSV)
	return readCSV(io.NewSectionReader(r, 0, size), csvLimits{
		Separator: o.Separator, Bytes: o.Limits.Bytes, Rows: o.Limits.Rows, Columns: o.Limits.Columns,
		CellBytes: o.Limits.CellBytes, FromPeople: o.FromPeople,
	})
}
