package daemon

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/schedule"
)

// TestSlots lives through simulated days with three processes on one store that are killed
// at the worst moments, stopped, started again, and have their clocks put right and wrong,
// and asks for every slot of twelve time zones once. USHER_SLOT_DAYS=400 is the campaign.
func TestSlots(t *testing.T) {
	days := 14
	if text := os.Getenv("USHER_SLOT_DAYS"); text != "" {
		var err error
		if days, err = strconv.Atoi(text); err != nil || days < 1 {
			t.Fatalf("USHER_SLOT_DAYS=%q is no number of days", text)
		}
	}
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		if place.URL != "" {
			days = max(6, days/10) // in fewer, no kill may meet a run
		}
		inSlotWorld(t, place, func(w slotWorld) { campaign(w, days) })
	})
}

// slotZones are the zones of the campaign with the hour at which their clocks are changed.
func slotZones() map[string]string {
	return map[string]string{
		"UTC": "30 2 * * *", "Asia/Kathmandu": "0 0 * * *", "Europe/Berlin": "30 2 * * *", "Europe/London": "30 1 * * *",
		"America/New_York": "30 2 * * *", "America/St_Johns": "30 1 * * *", "America/Havana": "30 0 * * *", "America/Santiago": "0 0,23 * * *",
		"Australia/Lord_Howe": "*/15 1-2 * * *", "Pacific/Auckland": "30 2 * * *", "Africa/Casablanca": "30 2 * * *", "Africa/Cairo": "30 0 * * *",
	}
}

const (
	slotReplicas = 3
	slotPoll     = 2 * time.Minute
	// slotRun is how long a run of a slot takes at most.
	slotRun = 200 * time.Second
	// slotEnough is for how long a process must have been well for a slot to be begun by it:
	// looks, a lease to lapse, and the run of the slot before.
	slotEnough = 2*slotPoll + slotLease + 2*slotRun
)

// slotCampaign is what is known of the simulation from outside the store.
type slotCampaign struct {
	slotWorld
	jobs []schedule.Job

	mu                       sync.Mutex
	random                   *rand.Rand
	well                     []span // in which a process could begin slots
	active                   map[string]int
	ran                      map[schedule.Slot]int
	kills, resumed, overlaps int
}

type span struct{ from, to usher.Time }

func (c *slotCampaign) chance(percent int) bool { return c.upTo(100) < percent }

func (c *slotCampaign) upTo(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.random.IntN(n)
}

// between is a random duration.
func (c *slotCampaign) between(least, most time.Duration) time.Duration {
	return least + time.Duration(c.upTo(int((most-least)/time.Second)))*time.Second
}

func campaign(w slotWorld, days int) {
	seed := uint64(time.Now().Unix()) ^ uint64(os.Getpid())
	c := &slotCampaign{slotWorld: w, random: rand.New(rand.NewPCG(seed, 1)), active: map[string]int{}, ran: map[schedule.Slot]int{}}
	for zone, expression := range slotZones() {
		s, err := schedule.Parse(expression, zone)
		if err != nil {
			w.Fatal(err)
		}
		c.jobs = append(c.jobs, schedule.Job{Name: zone, Schedule: s, Deadline: 3 * time.Hour})
	}
	begin := usher.TimeOf(time.Now())
	end := begin.Add(time.Duration(days) * 24 * time.Hour)
	var replicas sync.WaitGroup
	for i := range slotReplicas {
		replicas.Go(func() {
			for life := 0; usher.TimeOf(time.Now()) < end; life++ {
				c.live(fmt.Sprintf("%d.%d", i, life), end, true)
				// Most are back at once; now and then nobody is there for hours.
				time.Sleep(c.between(time.Second, 10*time.Minute))
				if c.chance(10) {
					time.Sleep(c.between(time.Hour, 15*time.Hour))
				}
			}
		})
	}
	replicas.Wait()
	c.live("last", usher.TimeOf(time.Now().Add(time.Hour)), false)
	c.judge(days, begin, end, seed)
}

// live is the life of one process, which ends by a kill, a stop or the end.
func (c *slotCampaign) live(owner string, end usher.Time, dangerous bool) {
	ctx, cancel := context.WithCancel(c.Context())
	p := &process{slotCampaign: c, simulated: simulated{slotStore{c.store}}, owner: owner, dangerous: dangerous, end: cancel}
	var jobs []schedule.Job
	for _, j := range c.jobs {
		j.Run = p.run
		jobs = append(jobs, j)
	}
	r, err := schedule.New(schedule.Options{
		Store: p, Owner: owner, Poll: slotPoll, LeaseLength: slotLease, Clock: p.clock,
		Log: func(job, what string, err error) {
			if p.alive() {
				c.Errorf("%s: %s: %s: %v", owner, job, what, err)
			}
		},
	}, jobs)
	if err != nil {
		c.Error(err)
	}
	go p.fate(ctx, end)
	p.begin = usher.TimeOf(time.Now())
	r.Run(ctx)
	p.ended()
}

// process is one process: its store, its clock and its runs.
type process struct {
	*slotCampaign
	simulated

	owner     string
	dangerous bool
	end       context.CancelFunc

	state  sync.Mutex
	dead   bool
	offset time.Duration // of its clock
	begin  usher.Time    // of the span in which it is well
}

func (p *process) alive() bool {
	p.state.Lock()
	defer p.state.Unlock()
	return !p.dead
}

func (p *process) clock() time.Time {
	p.state.Lock()
	defer p.state.Unlock()
	return time.Now().Add(p.offset)
}

// fate steps the clock of a process and ends it.
func (p *process) fate(ctx context.Context, end usher.Time) {
	last := min(end, usher.TimeOf(time.Now().Add(p.between(time.Minute, 16*time.Hour))))
	if !p.dangerous {
		last = end
	}
	for now := usher.TimeOf(time.Now()); now < last && ctx.Err() == nil; now = usher.TimeOf(time.Now()) {
		time.Sleep(min(p.between(time.Minute, 3*time.Hour), last.Sub(now)))
		if p.dangerous {
			p.step(time.Duration(p.upTo(13)-6) * time.Second)
		}
	}
	if p.dangerous && p.chance(50) {
		p.kill()
	}
	p.end()
}

// step puts the clock of a process to another offset, which can be too far off.
func (p *process) step(offset time.Duration) {
	p.ended()
	p.state.Lock()
	defer p.state.Unlock()
	p.offset, p.begin = offset, usher.TimeOf(time.Now())
}

// ended ends a span in which the process could begin slots.
func (p *process) ended() {
	p.state.Lock()
	s := span{p.begin, usher.TimeOf(time.Now())}
	able := !p.dead && p.offset.Abs() <= 5*time.Second
	p.state.Unlock()
	if able {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.well = append(p.well, s)
	}
}

// kill ends a process at once. It gives nothing back; its leases lapse when they would.
func (p *process) kill() {
	p.ended()
	p.state.Lock()
	first := !p.dead
	p.dead = true
	p.state.Unlock()
	p.end()
	if !first {
		return
	}
	p.mu.Lock()
	p.kills++
	p.mu.Unlock()
	lapsed := time.After(slotLease)
	go func() {
		<-lapsed
		for _, j := range p.jobs {
			p.lapse(j.Name, p.owner)
		}
	}()
}

// maybe kills a process in a small part of the cases.
func (p *process) maybe() {
	if p.dangerous && p.chance(3) {
		p.kill()
	}
}

var errKilled = errors.New("the process was killed")

func (p *process) TakeLease(ctx context.Context, name, owner string, length time.Duration) (int64, error) {
	if !p.alive() {
		return 0, errKilled
	}
	return p.slotStore.TakeLease(ctx, name, owner, length)
}

func (p *process) DropLease(ctx context.Context, name, owner string, fence int64) error {
	if !p.alive() {
		return errKilled
	}
	return p.slotStore.DropLease(ctx, name, owner, fence)
}

func (p *process) ClaimSlot(ctx context.Context, owner string, s schedule.Slot, missed []schedule.Slot, why string) (bool, error) {
	p.maybe()
	if !p.alive() {
		return false, errKilled
	}
	won, err := p.slotStore.ClaimSlot(ctx, owner, s, missed, why)
	p.maybe()
	return won, err
}

func (p *process) TakeOverSlot(ctx context.Context, owner string, s schedule.Slot) (bool, error) {
	ours, err := p.slotStore.TakeOverSlot(ctx, owner, s)
	if ours {
		p.mu.Lock()
		p.resumed++
		p.mu.Unlock()
	}
	p.maybe()
	return ours, err
}

func (p *process) FinishSlot(ctx context.Context, owner string, s schedule.Slot, end schedule.Outcome, why string) error {
	p.maybe()
	if !p.alive() {
		return errKilled
	}
	err := p.slotStore.FinishSlot(ctx, owner, s, end, why)
	if err == nil && end == schedule.Done {
		p.mu.Lock()
		p.ran[s]++
		p.mu.Unlock()
	}
	p.maybe()
	return err
}

// run is the work of a slot: it takes its time, and nobody else does it meanwhile.
func (p *process) run(ctx context.Context, s schedule.Slot) error {
	if ctx.Err() != nil || !p.alive() {
		return errKilled
	}
	p.mu.Lock()
	if p.active[s.Schedule]++; p.active[s.Schedule] > 1 {
		p.overlaps++
	}
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.active[s.Schedule]--
		p.mu.Unlock()
	}()
	took := time.NewTimer(p.between(time.Second, slotRun))
	defer took.Stop()
	if p.dangerous && p.chance(5) {
		took.Reset(time.Second)
		<-took.C
		p.kill()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-took.C:
		return nil
	}
}

// judge compares what became of every slot with what had to.
func (c *slotCampaign) judge(days int, begin, end usher.Time, seed uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var slots, once, duplicates, missed, lost int
	for _, j := range c.jobs {
		stored, err := c.store.Look().Slots(c.Context(), j.Name, 1_000_000)
		if err != nil {
			c.Fatal(err)
		}
		became := map[string]store.SlotState{}
		for _, s := range stored {
			became[s.Civil] = s.State
		}
		due := j.Schedule.Due(begin, end)
		for i, s := range due {
			s.Schedule = j.Name
			slots++
			window := span{s.DueAt, s.DueAt.Add(j.Deadline)}
			if i+1 < len(due) {
				window.to = min(window.to, due[i+1].DueAt)
			}
			switch n, state := c.ran[s], became[s.Civil]; {
			case n > 1:
				duplicates++
				c.Errorf("%v ran %d times", s, n)
			case n == 1 && state == store.SlotDone:
				once++
			case n == 0 && state == store.SlotMissed && !c.couldRun(window):
				missed++
			default:
				lost++
				c.Errorf("%v ran %d times and is %q", s, n, state)
			}
		}
	}
	c.Logf("days=%d zones=%d replicas=%d kills=%d slots=%d exactly once=%d missed while no process was well=%d resumed=%d duplicates=%d lost=%d (seed %d)",
		days, len(c.jobs), slotReplicas, c.kills, slots, once, missed, c.resumed, duplicates+c.overlaps, lost, seed)
	if once+missed != slots || c.overlaps > 0 || c.kills < days/2 || c.resumed == 0 || once < slots*7/10 {
		c.Errorf("%d of %d slots are accounted for, %d runs overlapped, %d processes were killed, %d slots were resumed", once+missed, slots, c.overlaps, c.kills, c.resumed)
	}
}

// couldRun says whether some process was well for long enough within a window.
func (c *slotCampaign) couldRun(window span) bool {
	for _, s := range c.well {
		if min(s.to, window.to).Sub(max(s.from, window.from)) > slotEnough {
			return true
		}
	}
	return false
}
