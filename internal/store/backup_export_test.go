package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
)

// WithMigrations are options with other migrations than the product's own.
func WithMigrations(o Options, f fs.FS) Options {
	o.migrations = f
	return o
}

// Migrations are the product's own.
func Migrations() fs.FS { return migrations }

// Tables are all tables of the schema, and those that a backup holds.
func (s *Store) Tables(ctx context.Context) (there, kept []string, err error) {
	tx := s.Look()
	there, err = all(ctx, tx, scalar[string], tx.dialect.tables)
	return there, tableOrder(), err
}

// ReadArchive reads a backup to its end as Restore does, past any store, and gives the files in it
// one after the other, each behind its name.
func ReadArchive(r io.Reader) (content []byte, err error) {
	a, err := openArchive(r)
	if err != nil {
		return nil, err
	}
	read := map[string]*archivedSum{}
	readers := map[string]*tableReader{}
	for _, t := range a.header.Tables {
		kinds := map[string]string{}
		for _, c := range t.Columns {
			kinds[c.Name] = c.Type
		}
		readers[t.Name] = &tableReader{table: t, kinds: kinds, hash: sha256.New()}
	}
	for {
		name, part, err := a.next()
		if err != nil {
			return nil, err
		}
		content = append(append(content, name...), part...)
		if name == archiveManifest {
			for _, r := range readers {
				read[r.table.Name] = &archivedSum{r.rows, hex.EncodeToString(r.hash.Sum(nil))}
			}
			return content, a.finish(part, read)
		}
		r := readers[tableOf(name)]
		if r == nil {
			return nil, damaged("it holds a file of no table")
		}
		if _, err := r.read(part); err != nil {
			return nil, err
		}
	}
}
