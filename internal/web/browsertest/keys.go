package browsertest

import "net/http"

// Keys as WebDriver names them.
const (
	Tab    = "\uE004"
	Return = "\uE006"
)

// Press presses a key wherever the focus is.
func (c *Browser) Press(key string) {
	c.Helper()
	c.ask(http.MethodPost, "/actions", map[string]any{"actions": []map[string]any{{"type": "key", "id": "keyboard", "actions": []map[string]string{
		{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key},
	}}}}, nil)
}

// Focused is what has the focus, in its own words.
func (c *Browser) Focused() string {
	c.Helper()
	return c.Run(`const at = document.activeElement; return at === document.body ? "" : at.innerText.trim()`)
}
