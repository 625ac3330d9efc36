package roster

import "encoding/json"

// writer writes a JSON document whose members come in their order. What a closure leaves empty is not there.
type writer struct {
	b []byte
}

func (d *writer) open(brackets ...byte)  { d.b = append(d.b, brackets...) }
func (d *writer) close(brackets ...byte) { d.b = append(d.b, brackets...) }

// comma separates what comes from what was before, if anything was.
func (d *writer) comma() {
	switch d.b[len(d.b)-1] {
	case '{', '[', ':':
	default:
		d.b = append(d.b, ',')
	}
}

func (d *writer) element(bracket byte) {
	d.comma()
	d.b = append(d.b, bracket)
}

func (d *writer) name(name string) {
	d.string(name)
	d.b = append(d.b, ':')
}

func (d *writer) flag(name string, v bool) {
	d.name(name)
	if v {
		d.b = append(d.b, "true"...)
	} else {
		d.b = append(d.b, "false"...)
	}
}

func (d *writer) text(name, v string) {
	if v != "" {
		d.name(name)
		d.string(v)
	}
}

// object writes what members writes as one object, or nothing where that is nothing.
func (d *writer) object(name string, members func()) {
	before := len(d.b)
	d.name(name)
	d.open('{')
	empty := len(d.b)
	members()
	if len(d.b) == empty {
		d.b = d.b[:before]
		return
	}
	d.close('}')
}

// string writes a text as encoding/json does.
func (d *writer) string(s string) {
	d.comma()
	if !plainJSON(s) {
		text, err := json.Marshal(s)
		if err != nil {
			panic(err) // a text can be encoded
		}
		d.b = append(d.b, text...)
		return
	}
	d.b = append(d.b, '"')
	d.b = append(d.b, s...)
	d.b = append(d.b, '"')
}

// plainJSON says that a text needs no escape.
func plainJSON(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c > '~', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}
