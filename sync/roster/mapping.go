package roster

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Mapping says what a directory's roster looks like and which of its columns mean what. The zero value
// takes the columns from well-known names in the header (see Propose).
type Mapping struct {
	// Columns says where attributes come from: the name of a column, compared as table.FoldHeader does, or
	// an expression that starts with "=", such as `= first_name + " " + last_name`. The attributes are
	// those of Attributes and x.NAME for an attribute of one's own. Without any, the header decides.
	Columns map[string]string
	// Key is the attribute by which a row's record is found again in the next file: externalId,
	// employeeNumber, email, upn or userName. Empty means the first of these that is mapped.
	Key string
	// KeyPattern is a regular expression that every whole key matches; empty for none.
	KeyPattern string
	// Required are attributes that no row may lack, beside the key. nil means email where it is mapped.
	Required []string

	// Active, Left and Leave are the words of the status column, in any case. Where all three are nil,
	// the usual words are known. A word that is in none of them refuses its row.
	Active, Left, Leave []string
	// DateFormat is how dates are written beside ISO 8601 and typed dates of Excel: DD, D, MM, M, MMM (Jan)
	// and YYYY with what stands between them, such as DD.MM.YYYY. Empty: no other form is taken.
	DateFormat string

	// Encoding is utf-8 or windows-1252. Empty finds UTF-8 and UTF-16, and never guesses windows-1252.
	Encoding string
	// Separator is the character between cells, or "tab". Empty finds out.
	Separator string
	// Sheet names the worksheet. Empty finds the one that has the key column.
	Sheet string

	// Full says that a file names everybody, so that absence means something.
	Full bool
	// MinRows is how many rows a file has at least.
	MinRows int
	// MaxBytes and MaxRows are what a file has at most; 0 means the limits of package table.
	MaxBytes int64
	MaxRows  int
	// Trailer says that the last row is no person but holds the number of rows before it.
	Trailer bool
}

// MappingError says what is wrong with one setting of a Mapping and how to mend it.
type MappingError struct {
	// Key is the setting, such as "columns.email" or "format.dates".
	Key     string
	Problem string
}

// Error implements error.
func (e *MappingError) Error() string { return e.Key + ": " + e.Problem }

// version is that of the rules by which rows are mapped. A change in what a mapping means raises it: rows
// are then mapped anew although file and mapping are what they were.
const version = 1

// Fingerprint is the SHA-256 over the mapping and the version of its meaning, in hexadecimal.
func (m Mapping) Fingerprint() string {
	text, err := json.Marshal(m) // sorts the columns
	if err != nil {
		panic(err) // there is nothing in a Mapping that JSON cannot hold
	}
	sum := sha256.Sum256(fmt.Appendf(text, "\n%d", version))
	return hex.EncodeToString(sum[:])
}
