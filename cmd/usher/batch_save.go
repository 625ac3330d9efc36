package main

import (
	"errors"
	"io"
	"io/fs"

	"usher/internal/table"
	"usher/internal/usher"
)

// batchSaveCmd writes a batch's file where somebody wants it.
type batchSaveCmd struct {
	Name   string `arg:"" help:"Name of the batch."`
	Output string `short:"o" placeholder:"FILE" help:"File to write; it must not be there. Default: the batch's name, in this folder."`
}

// Run implements storeCommand.
func (c *batchSaveCmd) Run(d *desk) error {
	b, err := d.batch(c.Name)
	if err != nil {
		return err
	}
	if c.Output == "" {
		c.Output = b.Name
	}
	err = table.WriteFileAtomic(d.path(c.Output), 0o640, func(w io.Writer) error {
		_, err := w.Write(b.Content)
		return err
	})
	if errors.Is(err, fs.ErrExist) {
		return &usher.InvalidError{Attribute: "--output", Problem: c.Output + " is there already; name another file"}
	}
	if err != nil {
		return err
	}
	d.remark("Written to %s, SHA-256 %s.", c.Output, b.SHA256[:min(12, len(b.SHA256))])
	return nil
}
