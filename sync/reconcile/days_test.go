package reconcile_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
)

// daysVariable raises how many days TestPortalDays plays at each portal.
const daysVariable = "USHER_PORTAL_DAYS"

// calm is how many days pass between two times at which everything comes to rest.
const calm = 25

// TestPortalDays plays joiners, movers and leavers at each portal that takes files: the real store,
// ledger, engine and connector, and a portal that follows what its vendor documents. People at the
// portal forget lists and rows, others change things there by hand, exports are filtered or late.
// After every complete export ledger and portal agree, or the difference is named; nobody is
// invited twice; usher never gives a seat that is not there; and when nothing happens any more all
// comes to rest.
func TestPortalDays(t *testing.T) {
	days, seed := 25, uint64(1)
	if n, err := strconv.Atoi(os.Getenv(daysVariable)); err == nil && n > 0 {
		days = n
	}
	if n, err := strconv.ParseUint(os.Getenv("USHER_PORTAL_SEED"), 10, 64); err == nil {
		seed = n
	}
	for _, kind := range dayKinds() {
		t.Run(kind.name, func(t *testing.T) {
			storetest.EachPlace(t, func(t *testing.T, place store.Options) {
				t.Parallel()
				c := newCompany(t, place, kind, seed)
				c.play(days)
				t.Logf("%s, %d days, seed %d: %s", kind.name, days, seed, c.figures())
			})
		})
	}
}

// play adopts who is at the portal, and then lets days pass.
func (c *company) play(days int) {
	c.Helper()
	defer func() {
		if c.Failed() {
			c.Logf("seed %d, day %d", c.seed, c.day)
		}
	}()
	c.adopt()
	for c.day = 1; c.day <= days; c.day++ {
		for range c.IntN(4) {
			c.happens()
		}
		c.morning()
		c.visit()
		c.portal.life(c)
		c.look()
		if c.day%calm == 0 || c.day == days {
			c.rest()
			c.sound()
		}
		if c.Failed() {
			return
		}
		c.pass(20 * time.Hour)
	}
}

// figures are what the days came to.
func (c *company) figures() string {
	var parts []string
	for _, name := range []string{"people", "visits", "batches", "rows", "exports", "complete exports", "differences named", "rows refused at the portal", "rows refused by usher", "uploads refused", "seats taken by others", "rests"} {
		parts = append(parts, fmt.Sprintf("%d %s", c.count[name], name))
	}
	parts = append(parts, fmt.Sprintf("%d oversold", c.oversold), fmt.Sprintf("%d double invitations", c.doubled))
	return strings.Join(parts, ", ")
}

// lot is a random source of one seed.
func lot(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 11)) }
