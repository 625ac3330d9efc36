package config

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// TestDescribe: what is said and what counts without it can be told apart, and no secret is shown, whichever key has one.
func TestDescribe(t *testing.T) {
	c := Default()
	c.Limits.Rate = 77
	c.Portals = []Portal{{Name: "prosci", Kind: "prosci", Admins: []string{"ann@example.com", "bob@example.com"}}}
	n := plantSecrets(reflect.ValueOf(c).Elem())
	if n < 3 {
		t.Fatalf("%d secrets", n)
	}
	found := map[string]Setting{}
	for _, s := range Describe(c) {
		if strings.Contains(fmt.Sprint(s), "hunter") {
			t.Errorf("a secret is shown: %+v", s)
		}
		found[s.Path] = s
	}
	for path, want := range map[string]Setting{
		"limits.rate": {"limits.rate", "77", false}, "limits.burst": {"limits.burst", "200", true}, "guards.releases.percent": {"guards.releases.percent", "10", true},
		"store": {"store", secretSet, false}, "portals.prosci.kind": {"portals.prosci.kind", "prosci", false}, "portals.prosci.token": {"portals.prosci.token", secretSet, false},
		"portals.prosci.admins": {"portals.prosci.admins", "ann@example.com, bob@example.com", false}, "signin.idle": {"signin.idle", "8h0m0s", true},
	} {
		if found[path] != want {
			t.Errorf("%s: %+v", path, found[path])
		}
	}
	if _, has := found["tls.cert_file"]; has {
		t.Error("an empty key is shown")
	}
}

// plantSecrets gives every secret a text, and counts them.
func plantSecrets(v reflect.Value) (n int) {
	switch {
	case v.Type() == reflect.TypeFor[Secret]():
		v.SetString("hunter2")
		return 1
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				n += plantSecrets(v.Field(i))
			}
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			n += plantSecrets(v.Index(i))
		}
	}
	return n
}
