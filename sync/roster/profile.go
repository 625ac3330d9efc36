package roster

import (
	"strconv"
	"strings"

	"usher/internal/table"
)

// What a file as a whole is refused for, as Finding.Code says it, beside what package table finds.
const (
	fileRows       = "file.rows"        // fewer rows than the mapping asks for, or none of use
	fileTrailer    = "file.trailer"     // the last row does not hold the number of rows
	profileWidth   = "profile.rows"     // too many rows that cannot be read
	profileTwice   = "profile.twice"    // too many rows about people who have one already
	profileAddress = "profile.email"    // too many cells of a column of addresses that are none
	profileKey     = "profile.key"      // keys look otherwise than those that are known
	profileStatus  = "profile.status"   // too many unknown status words
	profileManager = "profile.manager"  // managers that are neither addresses nor keys
	profileDates   = "profile.dates"    // too many dates that cannot be read, or that contradict the status
	profileDoubled = "profile.encoding" // UTF-8 that was read as Windows-1252
)

// From how many bad rows on a file is refused: more than its share of the rows, from leastRows rows on, and more than
// leastBad of them. Below that, each bad row is refused by itself.
const (
	leastRows = 20
	leastBad  = 2

	shareStructure  = 0.005
	shareDuplicates = 0.005
	shareContents   = 0.02 // addresses, status words, dates, keys by key_pattern
	shareKeys       = 0.1  // keys that look otherwise
	shareEnded      = 0.2  // people who work although their last day is over
	shareManagers   = 0.5  // managers who are named by neither address nor key
	shareDoubled    = 0.005
)

type tally struct{ bad int }

func (t tally) tooMany(rows int, share float64) bool {
	return rows >= leastRows && t.bad > leastBad && float64(t.bad) > share*float64(rows)
}

// profile counts what single rows cannot show: that a column is another one, or that the file was damaged.
type profile struct {
	rows       int
	structure  tally
	duplicates tally
	pattern    tally
	status     tally
	ended      tally
	addresses  [attributes]tally
	dates      [attributes]tally
	doubled    int
	reporting  int // rows that name a manager
	managers   tally
	expected   shape
	odd        tally
}

func newProfile(keys []string) profile { return profile{expected: learnShape(keys)} }

// key looks at the form of a key that is no address.
func (p *profile) key(k string) {
	if !p.expected.fits(k) {
		p.odd.bad++
	}
}

// finish says what the file as a whole is guilty of, and adds up its lines.
func (r *reading) finish() {
	r.summary.Content = r.content.sums
	r.addUp()
	r.checkTrailer()
	r.checkCounts()
	r.checkColumns()
	r.managers()
}

// addUp accounts for every line. What is no person counts as blank: rows without text, a trailer, and what stands
// before the header.
func (r *reading) addUp() {
	lines := r.sheet.Summary()
	r.summary.Lines = lines.Lines
	r.summary.Folded = lines.Within
	r.summary.Blank = lines.Blank + max(lines.Header-1, 0) + r.blank
	if r.trailer != nil {
		r.summary.Blank++
	}
}

// longestTrailer is how many cells of a trailer hold something: a label, the number, a day. A person has more.
const longestTrailer = 3

func (r *reading) checkTrailer() {
	if r.mapping.Trailer && !r.trailerHolds(strconv.Itoa(r.summary.Records)) {
		r.refuseFile(fileTrailer, "", "its last row does not hold the number of rows before it, %d: the file was cut off; ask for a complete file, or set trailer: false if its files have no such row", r.summary.Records)
	}
}

// trailerHolds says whether the row that was kept back is a trailer with this number, with or without leading zeros.
func (r *reading) trailerHolds(number string) bool {
	if r.trailer == nil {
		return false
	}
	cells := append(strings.FieldsFunc(r.trailer.Raw, func(c rune) bool { return strings.ContainsRune(",;|\t\" ", c) }), r.trailer.Cells...)
	filled, found := 0, false
	for _, cell := range cells {
		cell = strings.TrimSpace(cell)
		if cell != "" {
			filled++
			found = found || cell == number || strings.TrimLeft(cell, "0") == number
		}
	}
	return found && filled <= longestTrailer
}

func (r *reading) checkCounts() {
	p := r.profile
	switch {
	case p.rows == 0:
		r.refuseFile(table.FileHeaderOnly, "", "there is no row below the header; ask for a complete file: this one says nothing of anybody")
	case p.rows < r.mapping.MinRows:
		r.refuseFile(fileRows, "", "it has %d rows, and format.min_rows asks for %d; ask for a complete file", p.rows, r.mapping.MinRows)
	case r.summary.Refused == r.summary.Records:
		r.refuseFile(fileRows, "", "none of its %d rows can be used; mend what the rows are refused for", p.rows)
	}
	if r.cut {
		r.refuseFile(table.FileTruncated, "", "its last row has not the cells of the header: the file was cut off; ask for a complete one, or set trailer: true if that row holds the number of rows")
	}
	if p.structure.tooMany(p.rows, shareStructure) {
		r.refuseFile(profileWidth, "", "%d of %d rows cannot be read; the file is damaged: ask for it again, with quotes around cells that hold a separator", p.structure.bad, p.rows)
	}
	if p.duplicates.tooMany(p.rows, shareDuplicates) {
		r.refuseFile(profileTwice, r.columnOf(r.key), "%d of %d rows are about people who have a row already; parts of the file are in it twice, or its columns are swapped", p.duplicates.bad, p.rows)
	}
	if (tally{p.doubled}).tooMany(p.rows, shareDoubled) {
		r.refuseFile(profileDoubled, "", "%d cells look like UTF-8 that was read as Windows-1252 and saved again; export the file anew as UTF-8", p.doubled)
	}
}

// checkColumns refuses a file whose columns hold something else than their names say.
func (r *reading) checkColumns() {
	p := r.profile
	for a := range attributes {
		if t := p.addresses[a]; t.tooMany(p.rows, shareContents) {
			r.refuseColumn(profileAddress, a, t, "hold no e-mail address")
		}
		if t := p.dates[a]; t.tooMany(p.rows, shareContents) {
			r.refuseColumn(profileDates, a, t, "hold no date that can be read: declare their form as format.dates if that is all")
		}
	}
	if p.pattern.tooMany(p.rows, shareContents) {
		r.refuseColumn(profileKey, r.key, p.pattern, "do not match format.key_pattern")
	}
	if r.keyPattern == nil && p.odd.tooMany(p.rows, shareKeys) {
		r.refuseColumn(profileKey, r.key, p.odd, "look otherwise than the keys that are known ("+p.expected.String()+"): leading zeros may be lost; set format.key_pattern if the keys did change")
	}
	if p.status.tooMany(p.rows, shareContents) {
		r.refuseColumn(profileStatus, status, p.status, "hold a word that is not among those known: declare them as active, left and leave if that is all")
	}
	if r.named && p.managers.tooMany(p.reporting, shareManagers) {
		r.refuseColumn(profileManager, manager, p.managers, "are neither addresses nor keys: map a column that is, or none if names are all there is")
	}
	if p.ended.tooMany(p.rows, shareEnded) {
		r.refuseColumn(profileDates, ends, p.ended, "are over although the person is not said to have left")
	}
}

func (r *reading) refuseColumn(code string, a attribute, t tally, what string) {
	r.refuseFile(code, r.columnOf(a), "%d of %d cells for %s %s; look whether columns were shifted or swapped", t.bad, r.profile.rows, a, what)
}

// columnOf is the name that the file has for an attribute's column; empty when there is none.
func (r *reading) columnOf(a attribute) string {
	if c := r.bound[a].column; c >= 0 {
		return r.sheet.Header[c]
	}
	return ""
}
