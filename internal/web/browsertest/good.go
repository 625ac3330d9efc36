package browsertest

import (
	"os"
	"path/filepath"
)

// maxPage and maxAll bound a page, and a page with all that it needs, in bytes.
const (
	maxPage = 150_000
	maxAll  = 200_000
)

// Good wants of the open page what must be true of each, however wide it is and however dark its viewer likes it: the browser has nothing
// to complain of, axe-core finds nothing, nothing sticks out, and it is light to load. name says in errors which page it is.
func (c *Browser) Good(name string) {
	c.Helper()
	for _, wrong := range c.Complaints() {
		c.Errorf("%s: the browser says %s", name, wrong)
	}
	if all, page := c.Weight(); page > maxPage || all > maxAll {
		c.Errorf("%s weighs %d bytes, and %d with all that it needs", name, page, all)
	}
	for _, look := range []struct {
		width int
		dark  bool
	}{{Telephone, false}, {Desktop, true}, {Desktop, false}} {
		c.Look(look.width, look.dark)
		for _, v := range c.Axe() {
			c.Errorf("%s at %s, %d wide, dark %v: %s", name, c.At(), look.width, look.dark, v)
		}
		if out := c.Overflows(); out != "" {
			c.Errorf("%s at %s is wider than %d: %s", name, c.At(), look.width, out)
		}
	}
}

// Keep keeps a picture of the page where USHER_PICTURES says, if it says so.
func (c *Browser) Keep(name string) {
	c.Helper()
	folder := os.Getenv("USHER_PICTURES")
	if folder == "" {
		return
	}
	c.check(os.MkdirAll(folder, 0o755))
	c.check(os.WriteFile(filepath.Join(folder, name+".png"), c.Picture(), 0o600))
}
