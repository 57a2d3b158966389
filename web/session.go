package web

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	cookieName  = "zoneblanche"
	maxSessions = 64
	// maxVisits is how many cards one session keeps open; the oldest goes.
	maxVisits = 20
	// sessionLife ends a session whatever happens in it: a day's work.
	sessionLife = 14 * time.Hour
)

// session is one browser. Its fields are guarded by mu.
type session struct {
	id      string
	account Account // its zero value in a kiosk
	began   time.Time

	mu     sync.Mutex
	seen   time.Time // the last act of a person
	locked bool
	back   string // where unlocking leads
	visits []*visit
	draft  *sheetDraft
	// corrections are being written, by the entry that each corrects.
	corrections map[string]written
	// notice is said once, on the next page.
	notice string
}

// sessions are all of them.
type sessions struct {
	mu  sync.Mutex
	all map[string]*session
}

// newID draws 128 bits.
func newID() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:])
	return hex.EncodeToString(raw[:])
}

// begin makes a session and gives the browser its cookie.
func (all *sessions) begin(w http.ResponseWriter, account Account, now time.Time) *session {
	s := &session{id: newID(), account: account, began: now, seen: now}
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.all == nil {
		all.all = map[string]*session{}
	}
	if len(all.all) >= maxSessions {
		var oldest *session
		for _, one := range all.all {
			if oldest == nil || one.began.Before(oldest.began) {
				oldest = one
			}
		}
		delete(all.all, oldest.id)
	}
	all.all[s.id] = s
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: s.id, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	return s
}

// of returns the session of a request, or nil.
func (all *sessions) of(r *http.Request, now time.Time) *session {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return nil
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	s := all.all[cookie.Value]
	if s != nil && now.Sub(s.began) > sessionLife {
		delete(all.all, s.id)
		return nil
	}
	return s
}

func (all *sessions) end(w http.ResponseWriter, s *session) {
	all.mu.Lock()
	delete(all.all, s.id)
	all.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

// sweep forgets sessions that are over, and what kiosks were told before since.
func (all *sessions) sweep(now time.Time, kioskIdle time.Duration) {
	all.mu.Lock()
	defer all.mu.Unlock()
	for id, s := range all.all {
		if now.Sub(s.began) > sessionLife {
			delete(all.all, id)
		}
		if kioskIdle > 0 {
			s.mu.Lock()
			if now.Sub(s.seen) > kioskIdle {
				delete(all.all, id)
			}
			s.mu.Unlock()
		}
	}
}

// touch notes an act of the person, and reports whether the session is locked: by
// hand, or because nobody did anything for too long.
func (s *session) touch(now time.Time, idle time.Duration, act bool) (locked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.seen) > idle {
		s.locked = true
	}
	if !s.locked && act {
		s.seen = now
	}
	return s.locked
}

func (s *session) say(notice string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notice = notice
}

func (s *session) takeNotice() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	notice := s.notice
	s.notice = ""
	return notice
}

// add keeps a visit, or returns the one of its identifier that another request added
// meanwhile. When there are too many the oldest goes in which nothing is written that no
// journal holds.
func (s *session) add(v *visit) *visit {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, there := range s.visits {
		if there.id == v.id {
			return there
		}
	}
	if len(s.visits) >= maxVisits {
		i := slices.IndexFunc(s.visits, func(v *visit) bool { return !v.unsaved() })
		s.visits = slices.Delete(s.visits, max(i, 0), max(i, 0)+1)
	}
	s.visits = append(s.visits, v)
	return v
}

// shared returns the draft of that identifier that another session of the account has
// open: two browsers that write one draft must not know different texts of it. A card
// about which nothing is written belongs to its session.
func (all *sessions) shared(id string, a Account) *visit {
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, s := range all.all {
		if v := s.visit(id); v != nil && v.author.sameAs(a) && v.drafted() {
			return v
		}
	}
	return nil
}

// visit returns the visit of that identifier, or nil.
func (s *session) visit(id string) *visit {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.visits {
		if v.id == id {
			return v
		}
	}
	return nil
}

// present is told by the pages' script while somebody types or reads.
func (c *call) present() error {
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}
