package prosciportal

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Result is what came of an upload.
type Result struct {
	Rows    int // below the header
	Created int // new profiles, whose people got a mail
	// Given and Taken are assignments that changed; Same were as the row has them already.
	Given, Taken, Same int
	// Strangers are rows that take tools from somebody who has no profile: nothing happens.
	Strangers int
	// Recased are rows whose address the portal has in another case.
	Recased int
	// Refused are the rows for which the whole file was refused.
	Refused []Refusal
}

// Refusal is a row of an upload that the portal does not take.
type Refusal struct {
	Row int // from 1, below the header
	Why string
}

// ErrRefused says that nothing of an upload was done.
var ErrRefused = errors.New("the upload was refused")

// code is that of a tool's heading.
var code = regexp.MustCompile(`\[(P[0-9]+)\]$`)

// Upload takes a batch upload, or nothing of it.
func (p *Portal) Upload(name string, content []byte) (Result, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !strings.HasSuffix(strings.ToLower(name), ".csv") {
		return Result{}, fmt.Errorf("%w: %s is no CSV file", ErrRefused, name)
	}
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff"))))
	rows, err := in.ReadAll()
	if err != nil {
		return Result{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	codes, err := p.codes(rows)
	if err != nil {
		return Result{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	result := Result{Rows: len(rows) - 1}
	met := map[string]bool{}
	for i, row := range rows[1:] {
		why := problem(row)
		if why == "" && met[key(row[2])] {
			why = "the address comes twice"
		}
		if met[key(row[2])] = true; why != "" {
			result.Refused = append(result.Refused, Refusal{i + 1, why})
		}
	}
	if len(result.Refused) > 0 {
		return result, fmt.Errorf("%w: row %d: %s", ErrRefused, result.Refused[0].Row, result.Refused[0].Why)
	}
	for _, row := range rows[1:] {
		p.apply(row, codes, &result)
	}
	return result, nil
}

// codes are the tools of an upload, whose headings must be those of a template.
func (p *Portal) codes(rows [][]string) ([]string, error) {
	if len(rows) < 2 {
		return nil, errors.New("nobody is in it")
	}
	var codes []string
	for _, heading := range rows[0] {
		if found := code.FindStringSubmatch(heading); found != nil {
			codes = append(codes, found[1])
		}
	}
	want, err := p.header(codes)
	if err != nil {
		return nil, err
	}
	if len(codes) == 0 || !slices.Equal(rows[0], want) {
		return nil, errors.New("the headings are not those of a template")
	}
	return codes, nil
}

// problem is why a row is refused; empty for a good one.
func problem(row []string) string {
	if row[0] == "Example" && row[1] == "User" {
		return "the example is still there"
	}
	for i, cell := range row {
		switch {
		case strings.TrimSpace(cell) != cell || strings.ContainsFunc(cell, unseen):
			return fmt.Sprintf("cell %d has stray space or characters that cannot be seen", i+1)
		case i < 3 && cell == "":
			return fmt.Sprintf("cell %d is empty", i+1)
		case i == 2 && !addressed(cell):
			return "the address is none"
		case i >= 4 && i%2 == 0 && cell != "Y" && cell != "N":
			return fmt.Sprintf("cell %d is neither Y nor N", i+1)
		case (i == 3 || i >= 4 && i%2 == 1) && cell != "" && !dated(cell):
			return fmt.Sprintf("cell %d is no date", i+1)
		}
	}
	return ""
}

func unseen(r rune) bool {
	return unicode.IsControl(r) || r == '\u00a0' || r == '\u200b' || r == '\ufeff'
}

// addressed says that a cell is an address and nothing else.
func addressed(cell string) bool {
	parsed, err := mail.ParseAddress(cell)
	return err == nil && parsed.Address == cell
}

func dated(cell string) bool {
	_, err := time.Parse(time.DateOnly, cell)
	return err == nil
}

// apply does what a row says.
func (p *Portal) apply(row, codes []string, result *Result) {
	q := p.find(row[2])
	gives := false
	for i := range codes {
		gives = gives || row[4+2*i] == "Y"
	}
	switch {
	case q == nil && !gives:
		result.Strangers++
		return
	case q == nil:
		q = p.add(row[0], row[1], row[2])
		result.Created++
	case q.address != row[2]:
		result.Recased++
	}
	for i, code := range codes {
		give := row[4+2*i] == "Y"
		switch {
		case q.tools[code] == give:
			result.Same++
		case give:
			result.Given++
		default:
			result.Taken++
		}
		q.tools[code] = give
	}
}
