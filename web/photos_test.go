package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/internal/ruler"
	"github.com/zoneblanche/zoneblanche/record"
)

// squareAt is a code seen from straight above, its side in pixels.
func squareAt(text string, x, y, side float64) PlacedCode {
	return PlacedCode{text, [4]ruler.Point{{X: x, Y: y}, {X: x + side, Y: y}, {X: x + side, Y: y + side}, {X: x, Y: y + side}}}
}

// Photographs are taken up, shown, captioned, taken out, and signed with the note.
func TestPhotographs(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	at := r.open(sample())
	if _, where, _ := r.get(at + "/photos"); where != at {
		t.Errorf("photographs before the identity is confirmed: got %s", where)
	}
	if _, where, _ := r.send(at+"/photos", nil, "fichiers", "JPEG"); where != at || len(r.photos) != 0 {
		t.Errorf("a photograph before the identity is confirmed: got %s", where)
	}
	r.post(at+"/confirmer", "personne", "oui")
	status, _, body := r.send(at+"/photos", nil)
	if status != http.StatusBadRequest || !strings.Contains(body, sayNoPhoto) {
		t.Errorf("nothing: got %d", status)
	}
	status, _, body = r.send(at+"/photos", nil, "fichiers", "broken", "fichiers", "one", "fichiers", "two")
	if status != http.StatusBadRequest || len(r.photos) != 2 {
		t.Errorf("one of three cannot be kept: got %d, %d kept", status, len(r.photos))
	}
	r.want(body, "ni un JPEG ni un PNG", at+"/photo/1", at+"/photo/2")
	response, err := r.client.Get(r.url + at + "/photo/2")
	if err == nil && (response.Header.Get("Content-Type") != "image/jpeg" || response.Header.Get("Cache-Control") != "no-store") {
		t.Errorf("headers of a photograph: %v", response.Header)
	}
	if _, _, body := r.answer(response, err); body != "two" {
		t.Errorf("got %q", body)
	}
	if status, _, _ := r.get(at + "/photo/3"); status != http.StatusNotFound {
		t.Errorf("a photograph that is not there: got %d", status)
	}
	r.post(at+"/photo/1/legende", "legende", "  Talon <droit> ")
	if status, _, _ := r.post(at+"/photo/1/legende", "legende", strings.Repeat("a", maxCaption+1)); status != http.StatusBadRequest {
		t.Errorf("a long caption: got %d", status)
	}
	r.post(at + "/photo/2/retirer")
	_, _, body = r.post(at+"/note", "note", "Plaie.")
	r.want(body, "Talon &lt;droit&gt;")
	version := between(body, `name="version" value="`, `"`)
	// One more in another tab must be read before it is signed.
	r.send(at+"/photos", nil, "fichiers", "three")
	status, _, body = r.post(at+"/signer", "version", version)
	if status != http.StatusConflict || len(r.recorded) != 0 {
		t.Errorf("a photograph nobody read: got %d", status)
	}
	r.post(at+"/signer", "version", between(body, `name="version" value="`, `"`))
	if len(r.recorded) != 1 {
		t.Errorf("not signed: %s", body)
	}
}

// A length is measured by the patient's own sheet, and by nothing else.
func TestMeasuring(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	at := r.open(sample())
	r.post(at+"/confirmer", "personne", "oui")
	r.send(at+"/photos", nil, "fichiers", "one")
	again := func(codes ...PlacedCode) string {
		r.placed = codes
		r.server.sessionsVisit(at).rulers = nil
		_, _, body := r.get(at + "/photo/1/mesurer")
		return body
	}
	card := cardReading(sample())
	card.Texts = []string{"ZB1:A"}
	r.readings = []Reading{card}
	r.want(again(), sayNoScale)
	r.want(again(squareAt("autre", 100, 100, 620)), sayOtherScale)
	r.want(again(squareAt("ZB1:A", 100, 100, 60)), sayScaleSmall)
	flat := squareAt("ZB1:A", 100, 100, 620)
	flat.Corners[2].Y, flat.Corners[3].Y = 300, 300
	r.want(again(flat), sayScaleOblique)

	measure := func(fields ...string) (answer measureAnswer) {
		t.Helper()
		form := url.Values{}
		for i := 0; i < len(fields); i += 2 {
			form.Set(fields[i], fields[i+1])
		}
		response := r.do("POST", at+"/photo/1/mesurer", form.Encode(), func(q *http.Request) {
			q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			q.Header.Set("Accept", "application/json")
		})
		if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
			t.Fatal(err)
		}
		return answer
	}
	points := []string{"x1", "1000", "y1", "300", "x2", "1340", "y2", "300", "echelle", "1"}
	if a := measure(points...); a.OK || !strings.Contains(a.Say, sayScaleOblique) {
		t.Errorf("without a scale: got %+v", a)
	}
	// 10 pixels a mm: of the page, or 620/54 of the card to cut out.
	r.want(again(squareAt("ZB1:A", 100, 100, 620)), "Quel code est sur l’image", "62", "54")
	if a := measure(points...); a.OK || a.Say != sayWhichCode {
		t.Errorf("which code: got %+v", a)
	}
	for code, mm := range map[string]int{"feuille": 34, "carte": 30} {
		if a := measure(append(points, "code", code)...); !a.OK || !strings.HasPrefix(a.Say, fmt.Sprintf("Environ %d mm, à ", mm)) {
			t.Errorf("%s: got %+v", code, a)
		}
	}
	for _, bad := range [][]string{{"x1", "NaN"}, {"x1", "1e9"}, {"x1", "-4"}, {"x1", ""}, {"x1", "1340"}, {"echelle", "x"}} {
		if a := measure(append(append([]string{"code", "feuille"}, points...), bad...)...); a.OK || a.Say != sayNoPoints {
			t.Errorf("%v: got %+v", bad, a)
		}
	}
	if a := measure("code", "feuille", "x1", "3900", "y1", "2900", "x2", "3990", "y2", "2990", "echelle", "30"); a.OK || a.Say != sayUncertain {
		t.Errorf("pointed at coarsely: got %+v", a)
	}
	// A code that only the sheet has needs no question: 710 pixels for 71 mm.
	whole := cardReading(sample())
	whole.Texts = []string{"ZB1:A", "ZB1:B"}
	r.readings = []Reading{whole}
	if body := again(squareAt("ZB1:A", 1000, 100, 620), squareAt("ZB1:B", 100, 100, 710)); strings.Contains(body, "Quel code") {
		t.Error("the page asks which code it is")
	}
	if a := measure(points...); !a.OK || !strings.HasPrefix(a.Say, "Environ 34 mm, à ") {
		t.Errorf("by the sheet's code: got %+v", a)
	}
	r.post(at+"/photo/1/legende", "legende", "Talon droit")
	_, where, body := r.post(at+"/photo/1/mesurer", points...)
	if where != at+"/photos" {
		t.Fatalf("got %s", where)
	}
	r.want(body, "Talon droit, mesuré à l’écran, environ 34 mm")
	var kept record.Photograph
	for _, d := range r.drafts {
		kept = d.Photographs[0]
	}
	if kept.Caption != "Talon droit, mesuré à l’écran, environ 34 mm" {
		t.Errorf("got %q", kept.Caption)
	}
}
