package proportal

import (
	"strings"
	"time"

	"usher/internal/usher"
)

// dates reads points in time as they stand in lists.
type dates struct {
	layouts []string
	named   string
	zone    *time.Location
}

// isoLayouts are what typed dates of a workbook read as, and what people and programs write.
var isoLayouts = []string{
	time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly,
}

// parts turns a format such as DD.MM.YYYY into a layout of package time.
var parts = strings.NewReplacer("YYYY", "2006", "MM", "01", "DD", "02", "hh", "15", "mm", "04", "ss", "05")

func newDates(o Options) dates {
	d := dates{layouts: isoLayouts, named: o.Dates, zone: o.Zone}
	if o.Dates != "" {
		d.layouts = append([]string{parts.Replace(o.Dates)}, isoLayouts...)
	}
	if d.zone == nil {
		d.zone = time.UTC
	}
	return d
}

// read gives zero for nothing, and false for what is no date.
func (d dates) read(text string) (usher.Time, bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, true
	}
	for _, layout := range d.layouts {
		if t, err := time.ParseInLocation(layout, text, d.zone); err == nil && t.Year() >= 1970 && t.Year() < 10_000 {
			return usher.TimeOf(t), true
		}
	}
	return 0, false
}

// wanted says in words what is read.
func (d dates) wanted() string {
	if d.named != "" {
		return d.named + " or 2006-01-02"
	}
	return "2006-01-02"
}
