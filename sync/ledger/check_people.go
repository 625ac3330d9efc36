package ledger

import (
	"usher/internal/usher"
	"usher/sync/plan"
)

// checkRecords: I4, that a live record is somebody's or a human was asked whose it is, and that it
// is found by its user name.
func (c *checker) checkRecords() error {
	loose, err := c.tx.LooseRecords(c.ctx, maxFindings)
	for _, id := range loose {
		c.find("I4", "record", id, "is linked to nobody, and no conflict about it is open")
	}
	if err != nil {
		return err
	}
	vacated, err := c.tx.VacatedRecords(c.ctx, maxFindings)
	for _, id := range vacated {
		c.find("I4", "record", id, "is not found by its user name: a file that was to give it another one did not")
	}
	return err
}

// checkPeople: I4, that a person is what the records say. Whoever waits to be computed
// again is passed over.
func (c *checker) checkPeople() error {
	known, err := c.tx.Directories(c.ctx)
	if err != nil {
		return err
	}
	directories := map[usher.ID]usher.Directory{}
	for _, d := range known {
		directories[d.ID] = d
	}
	for last := (usher.Person{}); ; {
		page, err := c.tx.People(c.ctx, last, checkPage)
		if err != nil || len(page) == 0 {
			return err
		}
		if err := c.peoplePage(page, directories); err != nil {
			return err
		}
		last = page[len(page)-1]
	}
}

func (c *checker) peoplePage(page []usher.Person, directories map[usher.ID]usher.Directory) error {
	ids := make([]usher.ID, len(page))
	for i, p := range page {
		ids[i] = p.ID
	}
	records, err := c.tx.LifeOf(c.ctx, ids)
	if err != nil {
		return err
	}
	due, err := c.tx.DueAmong(c.ctx, ids)
	if err != nil {
		return err
	}
	for _, p := range page {
		var said []plan.Observation
		for _, r := range records[p.ID] {
			said = append(said, plan.Observation{Directory: directories[r.Directory], Record: r})
		}
		if len(said) > 0 && p.Newcomer != "" && !due[p.ID] {
			c.find("I4", "person", p.ID, "is a newcomer, and a directory names them")
		}
		if len(said) == 0 || due[p.ID] || p.NextAt != 0 && p.NextAt <= c.tx.Now() {
			continue
		}
		if active := plan.Merge(said, c.tx.Now()).Active; active != p.Active {
			c.find("I4", "person", p.ID, "is %s, and the records say %s", activity(p.Active), activity(active))
		}
	}
	return nil
}

func activity(active bool) string {
	if active {
		return "active"
	}
	return "not active"
}
