package main

import (
	"bytes"
	"context"
	"flag"
	"image"
	"image/draw"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/internal/browser"
	"github.com/zoneblanche/zoneblanche/internal/flatbed"
	"github.com/zoneblanche/zoneblanche/qr/picture"
)

// cameraRuns is how many times the camera is timed: 20 for the figure of
// doc/pages.md, one to see that it works.
var cameraRuns = flag.Int("camera-runs", 1, "how many times a sheet is held to the camera")

// film is what a camera of 720p sees of the upper part of a printed page, held so
// that the page fills its width: an endless film, in Motion JPEG.
func film(t *testing.T, sheet string) string {
	t.Helper()
	pdf, err := os.ReadFile(sheet)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := picture.RenderPDF(context.Background(), pdf, 150)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for i := range uint64(4) {
		seen := flatbed.Scan(pages[0], i)
		frame := image.NewGray(image.Rect(0, 0, 1280, 720))
		draw.Draw(frame, image.Rect(20, 0, 1260, 720), seen, image.Point{}, draw.Src)
		if err := jpeg.Encode(&out, frame, &jpeg.Options{Quality: 85}); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "film.mjpeg")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// stopwatch notes when the camera first shows something, and when the next page has
// been painted.
const stopwatch = `addEventListener("DOMContentLoaded", () => {
	const video = document.getElementById("video");
	if (video) video.addEventListener("playing", () => sessionStorage.setItem("began", Date.now()));
	const ask = window.fetch;
	window.fetch = (to, o) => {
		if (o && o.headers && o.headers["Content-Type"] === "application/json") sessionStorage.setItem("inpage", "yes");
		return ask(to, o);
	};
	const began = Number(sessionStorage.getItem("began"));
	if (document.querySelector(".allergies") && began) requestAnimationFrame(() => requestAnimationFrame(() => { window.took = Date.now() - began; }));
})`

// A sheet held to the camera shows its allergies; a note is written, signed, and reaches
// the recipient. How long the camera takes is told, and never asserted: machines differ.
// What a person has to do is counted, and takes less than a minute.
func TestCameraInABrowser(t *testing.T) {
	data := practice(t)
	video := film(t, sheetOf(t, data, "grossesse-allergie-penicilline"))
	ready := serving(t, "--data", data, "--url", receiving(t))
	p := browser.Open(t, 1366, 768, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--use-file-for-fake-video-capture="+video)
	p.Call("Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": stopwatch}, nil)
	signUp(p, ready)
	var all []time.Duration
	var h hand
	for i := range *cameraRuns {
		h = hand{p: p}
		p.Go(ready.URL + "lire")
		p.Until(`!document.getElementById("way-camera").hidden`)
		if i == 0 && *shots != "" {
			p.Eval(`document.getElementById("camera-start").click()`, nil)
			p.Until(`document.getElementById("video").videoWidth`)
			p.Shot(filepath.Join(*shots, "camera.png"), false)
		} else {
			h.click("#camera-start")
		}
		p.Until(`window.took`)
		var inPage string
		if p.Eval(`sessionStorage.getItem("inpage") || ""`, &inPage); inPage == "" {
			t.Error("the page did not read the code by itself")
		}
		if got := p.Text(".allergies"); !strings.Contains(got, "Pénicilline") {
			t.Fatalf("allergies: got %q", got)
		}
		var ms int
		p.Eval("window.took", &ms)
		all = append(all, time.Duration(ms)*time.Millisecond)
	}
	slices.Sort(all)
	t.Logf("sheet in view to allergies on screen, %d runs: median %v, 95th percentile %v, longest %v",
		len(all), all[len(all)/2], all[(len(all)*95+99)/100-1], all[len(all)-1])
	if *shots != "" {
		p.Shot(filepath.Join(*shots, "grossesse.png"), false)
	}
	h.click(".confirm input")
	h.follow(".confirm button")
	h.types("Contractions depuis ce matin, col fermé, bons bruits du cœur. Repos, revoir demain.")
	h.follow("#note-form .actions button")
	h.follow("form[action$=signer] .actions button")
	if got := p.Text("h1"); got != "Consultation enregistrée" {
		t.Fatalf("got %q: %s", got, p.Text("main"))
	}
	t.Logf("a whole consultation: %d clicks and %d keys, %.1f s of a person by the Keystroke-Level Model; the pages took %v, the camera besides",
		h.clicks, h.keys, h.took.Seconds(), h.machine.Round(time.Millisecond))
	if h.took >= time.Minute {
		t.Errorf("a consultation takes a person %v", h.took)
	}
	p.Follow(".actions .second")
	entry := p.Path()
	for end := time.Now().Add(15 * time.Second); !strings.Contains(p.Text("main"), "Accusé de réception"); p.Go(strings.TrimSuffix(ready.URL, "/") + entry) {
		if time.Now().After(end) {
			t.Fatalf("no receipt: %s", p.Text("main"))
		}
		time.Sleep(100 * time.Millisecond)
	}
	// The same camera takes a photograph for the next consultation.
	p.Go(ready.URL + "lire")
	p.Click("#camera-start")
	p.Until(`document.querySelector(".confirm input")`)
	p.Click(".confirm input")
	p.Follow(".confirm button")
	p.Follow("#note-photos")
	p.Click("#camera-start")
	p.Until(`document.getElementById("video").videoWidth`)
	p.Follow("#camera-take")
	p.Until(`document.querySelector(".photos img").naturalWidth === 1280`)
	for _, complaint := range p.Complaints() {
		t.Errorf("the browser complains: %s", complaint)
	}
}
