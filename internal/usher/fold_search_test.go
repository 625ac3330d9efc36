package usher

import "testing"

func TestFoldSearch(t *testing.T) {
	for text, want := range map[string]string{
		"Mara": "mara", "José": "jose", "Jose\u0301": "jose", "SØREN": "soren", "Łukasz": "lukasz", "Weiß": "weiss", "Ærø": "aero", "Þór": "thor",
		"Жанна": "жанна", "李雷": "李雷", "": "", "O'Neil": "o'neil", "한글": "한글",
	} {
		if got := FoldSearch(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
