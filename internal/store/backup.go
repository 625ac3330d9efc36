package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"usher/internal/usher"
)

// tableOrder are the tables that a backup holds, each after those that its rows refer
// to. Tables that a schema had once stay in the list, for the backups of then.
func tableOrder() []string {
	return []string{
		"directory", "token", "person", "merged_from", "identifier", "record", "attribute_value", "pushed_group", "group_member",
		"portal", "subscription", "hold", "seat", "decision", "conflict", "team", "team_member",
		"account", "attempt", "visit", "batch", "batch_row", "template", "correction", "holding", "portal_export", "drift",
		"event", "event_unsealed", "event_seal",
		"revision", "person_due", "plan", "plan_seats", "plan_change", "plan_finding", "roster_row", "slot", "counter", "setting",
		"signin_link", "used_id", "role_grant", "role_address", "signin_attempt", "seat_request", "join_link", "join_link_subscription", "join_use",
		"api_token", "queue_rank", "shrink_plan", "shrink_person", "incident", "incident_told", "notification",
	}
}

// Backup writes one consistent snapshot of the store to w while the store is in use, for
// Restore on either engine. It holds a reading transaction meanwhile, which stands in
// nobody's way.
func (s *Store) Backup(ctx context.Context, w io.Writer) error {
	err := s.Read(ctx, func(tx *Tx) error { return tx.backup(ctx, w) })
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

func (tx *Tx) backup(ctx context.Context, w io.Writer) error {
	h := header{Format: archiveFormat, Engine: tx.dialect.name, CreatedAt: tx.now.RFC3339()}
	var err error
	if h.Schema, err = one(ctx, tx, scalar[int64], `select max(version_id) from goose_db_version`); err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	if h.Tables, err = tx.archiveTables(ctx); err != nil {
		return err
	}
	archive := newArchiveWriter(w)
	if err := archive.json(archiveHead, h); err != nil {
		return err
	}
	m := manifest{Header: h, Sums: map[string]*archivedSum{}}
	for _, t := range h.Tables {
		if m.Sums[t.Name], err = tx.writeTable(ctx, archive, t); err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
	}
	return errors.Join(archive.json(archiveManifest, m), archive.close())
}

// archiveTables are the tables there are, as an archive has them.
func (tx *Tx) archiveTables(ctx context.Context) ([]archiveTable, error) {
	existing, err := all(ctx, tx, scalar[string], tx.dialect.tables)
	if err != nil {
		return nil, fmt.Errorf("tables: %w", err)
	}
	var tables []archiveTable
	for _, name := range tableOrder() {
		if !slices.Contains(existing, name) {
			continue
		}
		types, err := tx.columnTypes(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("columns of %s: %w", name, err)
		}
		t := archiveTable{Name: name}
		for column, kind := range types {
			if kind == "boolean" {
				kind = "integer"
			}
			t.Columns = append(t.Columns, archiveColumn{column, kind})
		}
		slices.SortFunc(t.Columns, func(a, b archiveColumn) int { return strings.Compare(a.Name, b.Name) })
		tables = append(tables, t)
	}
	return tables, nil
}

// columnTypes are the columns of a table: integer, boolean, text or blob.
func (tx *Tx) columnTypes(ctx context.Context, table string) (kinds map[string]string, err error) {
	rows, err := tx.q.QueryContext(ctx, `select * from `+table+` limit 0`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	names := map[string]string{"INTEGER": "integer", "INT8": "integer", "BOOL": "boolean", "TEXT": "text", "BLOB": "blob", "BYTEA": "blob"}
	kinds = map[string]string{}
	for _, t := range types {
		kind, ok := names[strings.ToUpper(t.DatabaseTypeName())]
		if !ok {
			return nil, fmt.Errorf("column %s has the type %s, which no backup can hold", t.Name(), t.DatabaseTypeName())
		}
		kinds[t.Name()] = kind
	}
	return kinds, rows.Err()
}

func (t archiveTable) columnNames() string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

func (tx *Tx) writeTable(ctx context.Context, archive *archiveWriter, t archiveTable) (sum *archivedSum, err error) {
	rows, err := tx.q.QueryContext(ctx, `select `+t.columnNames()+` from `+t.Name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	row, to := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range row {
		to[i] = &row[i]
	}
	w := newTableWriter(archive, t)
	for rows.Next() {
		if err := rows.Scan(to...); err != nil {
			return nil, err
		}
		if err := w.row(row); err != nil {
			return nil, err
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return w.close()
}

// tableWriter writes the rows of one table in parts.
type tableWriter struct {
	archive *archiveWriter
	table   archiveTable
	part    bytes.Buffer
	encoder *json.Encoder
	parts   int
	rows    int64
	hash    hash.Hash
}

func newTableWriter(archive *archiveWriter, t archiveTable) *tableWriter {
	w := &tableWriter{archive: archive, table: t, hash: sha256.New()}
	w.encoder = json.NewEncoder(&w.part)
	w.encoder.SetEscapeHTML(false)
	return w
}

func (w *tableWriter) row(values []any) error {
	for i, v := range values {
		switch v := v.(type) {
		case bool:
			values[i] = 0
			if v {
				values[i] = 1
			}
		case string:
			if !utf8.ValidString(v) {
				return fmt.Errorf("%w: column %s of row %d is not UTF-8", usher.ErrInvalid, w.table.Columns[i].Name, w.rows+1)
			}
		}
	}
	w.rows++
	if err := w.encoder.Encode(values); err != nil || w.part.Len() < archivePart {
		return err
	}
	return w.flush()
}

func (w *tableWriter) flush() error {
	w.parts++
	_, _ = w.hash.Write(w.part.Bytes()) // a hash takes everything
	defer w.part.Reset()
	return w.archive.file(fmt.Sprintf("%s/%d.jsonl", w.table.Name, w.parts), w.part.Bytes())
}

func (w *tableWriter) close() (*archivedSum, error) {
	err := w.flush()
	return &archivedSum{w.rows, hex.EncodeToString(w.hash.Sum(nil))}, err
}
