package browsertest

import (
	"encoding/base64"
	"net/http"
)

// The widths at which pages are looked at, in CSS pixels.
const (
	Desktop   = 1280
	Telephone = 360
)

// Look sets how wide the window is, and whether the viewer likes it dark.
func (c *Browser) Look(width int, dark bool) {
	c.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	c.devTools("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600})
	c.devTools("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}})
}

// Zone sets the viewer's time zone.
func (c *Browser) Zone(name string) {
	c.Helper()
	c.devTools("Emulation.setTimezoneOverride", map[string]any{"timezoneId": name})
}

// Scripts says whether pages may run scripts.
func (c *Browser) Scripts(on bool) {
	c.Helper()
	c.devTools("Emulation.setScriptExecutionDisabled", map[string]any{"value": !on})
}

// Picture is what the viewer sees of the whole page, as a PNG.
func (c *Browser) Picture() []byte {
	c.Helper()
	var shot struct{ Data string }
	c.ask(http.MethodPost, "/goog/cdp/execute", map[string]any{"cmd": "Page.captureScreenshot", "params": map[string]any{"format": "png", "captureBeyondViewport": false}}, &shot)
	content, err := base64.StdEncoding.DecodeString(shot.Data)
	c.check(err)
	return content
}

// devTools sends a command of the Chrome DevTools Protocol.
func (c *Browser) devTools(command string, params map[string]any) {
	c.Helper()
	c.ask(http.MethodPost, "/goog/cdp/execute", map[string]any{"cmd": command, "params": params}, nil)
}
