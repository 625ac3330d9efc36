package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"reflect"

	"usher/internal/usher"
)

// SettingRestored is the setting that says when the store was restored from a backup, in
// RFC 3339. While it is set no portal is told anything: the world has moved on since.
const SettingRestored = "restored"

// Restore fills an empty store from what Backup wrote, on either engine, and brings its
// schema up to date. All of it is kept or nothing: from an archive that is cut or does not say to the
// byte what Backup wrote, or into a store that holds anything already, nothing is restored
// (usher.ErrInvalid).
func Restore(ctx context.Context, o Options, r io.Reader) (err error) {
	a, err := openArchive(r)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	s, err := connect(ctx, o)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for _, step := range []func() error{
		func() error { return s.prepare(ctx, a.header.Schema) },
		// Once only: the archive cannot be read again.
		func() error { return s.writeOnce(ctx, func(tx *Tx) error { return tx.restore(ctx, a) }) },
		func() error { return s.migrateTo(ctx, newest) },
	} {
		if err := step(); err != nil {
			return fmt.Errorf("restore: %w", s.dialect.explain(err))
		}
	}
	return nil
}

// prepare gives an empty store the schema of the archive.
func (s *Store) prepare(ctx context.Context, schema int64) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	if err := s.Look().mustBeEmpty(ctx); err != nil {
		return err
	}
	switch {
	case schema > latest(p) || schema < 1:
		return fmt.Errorf("%w: the backup has schema %d and this usher knows only %d: restore it with the newer usher", usher.ErrInvalid, schema, latest(p))
	case have > schema:
		return fmt.Errorf("%w: the store has schema %d and the backup %d: restore into a new data folder or database", usher.ErrInvalid, have, schema)
	}
	return s.migrateTo(ctx, schema)
}

func (tx *Tx) mustBeEmpty(ctx context.Context) error {
	tables, err := tx.archiveTables(ctx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		rows, err := one(ctx, tx, scalar[int], `select count(*) from (select 1 from `+t.Name+` limit 1) one`)
		if err != nil {
			return err
		}
		if rows > 0 {
			return fmt.Errorf("%w: the store holds data already (table %s): a backup is restored into a new data folder or an empty database only", usher.ErrInvalid, t.Name)
		}
	}
	return nil
}

func (tx *Tx) restore(ctx context.Context, a *archiveReader) error {
	if err := tx.mustBeEmpty(ctx); err != nil {
		return err
	}
	tables, err := tx.archiveTables(ctx)
	if err != nil {
		return err
	}
	// The names go into statements: only those that the schema has itself may come.
	if !reflect.DeepEqual(tables, a.header.Tables) {
		return damaged(fmt.Sprintf("it does not have the tables of schema %d", a.header.Schema))
	}
	readers := map[string]*tableReader{}
	for _, t := range tables {
		kinds, err := tx.columnTypes(ctx, t.Name)
		if err != nil {
			return err
		}
		readers[t.Name] = &tableReader{table: t, kinds: kinds, hash: sha256.New()}
	}
	if err := tx.restoreTables(ctx, a, readers); err != nil {
		return err
	}
	return tx.SetSetting(ctx, SettingRestored, tx.now.RFC3339())
}

func (tx *Tx) restoreTables(ctx context.Context, a *archiveReader, readers map[string]*tableReader) error {
	for {
		name, content, err := a.next()
		if err != nil {
			return err
		}
		if name == archiveManifest {
			read := map[string]*archivedSum{}
			for _, r := range readers {
				read[r.table.Name] = &archivedSum{r.rows, hex.EncodeToString(r.hash.Sum(nil))}
			}
			return a.finish(content, read)
		}
		r, ok := readers[tableOf(name)]
		if !ok {
			return damaged("it holds a file of no table")
		}
		if err := tx.restorePart(ctx, r, content); err != nil {
			return fmt.Errorf("table %s: %w", r.table.Name, err)
		}
	}
}

// restorePart inserts the rows of one part of a table.
func (tx *Tx) restorePart(ctx context.Context, r *tableReader, content []byte) error {
	rows, err := r.read(content)
	if err != nil {
		return err
	}
	width := len(r.table.Columns)
	insert := `insert into ` + r.table.Name + ` (` + r.table.columnNames() + `) values `
	return chunked(rows, max(1, 4000/width), func(part [][]any) error {
		values := make([]any, 0, len(part)*width)
		for _, row := range part {
			values = append(values, row...)
		}
		_, err := tx.exec(ctx, insert+tuples(len(part), width), values...)
		if err != nil && tx.dialect.refuses(err) {
			return damaged("the database refuses a row of it")
		}
		return err
	})
}

// tableReader reads the rows of one table from its parts.
type tableReader struct {
	table archiveTable
	kinds map[string]string // of its columns, on the engine that takes them
	rows  int64
	hash  hash.Hash
}

func (r *tableReader) read(content []byte) ([][]any, error) {
	_, _ = r.hash.Write(content) // a hash takes everything
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	var rows [][]any
	for {
		var row []any
		if err := decoder.Decode(&row); err == io.EOF {
			return rows, nil
		} else if err != nil {
			return nil, damaged(err)
		}
		if len(row) != len(r.table.Columns) {
			return nil, damaged("a row has too many values, or too few")
		}
		for i, c := range r.table.Columns {
			var err error
			if row[i], err = fromArchive(r.kinds[c.Name], row[i]); err != nil {
				return nil, damaged(fmt.Sprintf("column %s of row %d: %v", c.Name, r.rows+1, err))
			}
		}
		rows = append(rows, row)
		r.rows++
	}
}

// fromArchive is a value as a column of the kind takes it.
func fromArchive(kind string, v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case json.Number:
		n, err := v.Int64()
		switch kind {
		case "integer":
			return n, err
		case "boolean":
			return n != 0, err
		}
	case string:
		switch kind {
		case "text":
			return v, nil
		case "blob":
			return base64.StdEncoding.DecodeString(v)
		}
	}
	return nil, errors.New("not a value of type " + kind)
}
