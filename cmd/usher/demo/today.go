package demo

import (
	"context"
	"time"
)

// today are the acts of the last days: what waits when the console opens.
func today() []act {
	last := float64(historyDays)
	hours := func(before time.Duration) float64 { return last - before.Hours()/24 }
	return []act{
		{hours(nightlyBefore + 48*time.Hour), roster(byHR, historyDays-2)},
		{hours(nightlyBefore + 24*time.Hour), roster(byHR, historyDays-1)},
		{89.1, namesake("1556", "Hester")},
		{89.2, endsAtEntra("1062")},
		{89.3, byHand},
		{89.4, learns},
		{89.45, errands},
		{89.6, asks("coaching", "1028", "I am to lead the Porto team from next month")},
		{89.65, asks("videos", "1209", "prototyping needs the front-end courses")},
		{hours(nightlyBefore), roster(byHR, historyDays, shake)},
		{hours(100 * time.Minute), mistakenly},
		{hours(70 * time.Minute), leave("1148", "1152")},
		{hours(50 * time.Minute), networkChanges},
		{hours(40 * time.Minute), academyFails},
		{hours(10 * time.Minute), signIns(9, 1)},
	}
}

// shake is what a new export at HR does to a file: another mail domain for a shop, other managers, leavers, and a date
// that is none.
func shake(e *employee, row []string) bool {
	switch {
	case e.boss == "1429":
		row[rosterEmail] = e.login[:len(e.login)-len("@shops.meridian.example")] + "@cork.meridian.example"
	case e.boss == "1469" || e.boss == "1508":
		row[rosterManager] = "regional.manager@shops.meridian.example"
	}
	switch e.number {
	case "1454", "1456", "1459", "1493", "1495", "1500", "1503":
		row[rosterStatus] = "terminated"
	case "1486", "1518":
		row[rosterStart] = "31.02.2026"
	}
	return true
}

// networkChanges is what the open visit to Prosci is about: somebody joins the Change Network, another one marries.
func networkChanges(ctx context.Context, h *history) error {
	for _, number := range []string{"1018", "1102"} {
		e, err := h.employee(number)
		if err != nil {
			return err
		}
		if err := h.okta.members(ctx, "add", e); err != nil {
			return err
		}
	}
	return marries("1260", "Holmgren", "elin.holmgren@meridian.example")(ctx, h)
}

// academyFails leaves a portal that does not work, and somebody who is to get a seat there.
func academyFails(ctx context.Context, h *history) error {
	h.failing = true
	h.portals.fail(true)
	if err := moves("1096", "Finance", "Payroll Specialist", "1223")(ctx, h); err != nil {
		return err
	}
	return h.settled(ctx)
}
