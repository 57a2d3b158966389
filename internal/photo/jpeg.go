package photo

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
)

// Markers of a JPEG stream (ITU-T T.81, table B.1).
const (
	markerStart    = 0xd8
	markerEnd      = 0xd9
	markerScan     = 0xda
	markerRestart0 = 0xd0
	markerRestart7 = 0xd7
	markerApp0     = 0xe0
	markerApp1     = 0xe1
	markerApp2     = 0xe2
	markerApp14    = 0xee
	markerApp15    = 0xef
	markerComment  = 0xfe
	markerTem      = 0x01
)

// cleanJPEG copies a JPEG picture. Of its application segments stay APP0 (density),
// APP14 (how the colours were transformed) and, of APP2, the colour profile; what
// APP1 says is reduced to the orientation.
func cleanJPEG(w *bufio.Writer, r *bufio.Reader) error {
	if _, err := r.Discard(2); err != nil {
		return err
	}
	if _, err := w.Write([]byte{0xff, markerStart}); err != nil {
		return err
	}
	seenScan, oriented := false, false
	marker, err := nextMarker(r)
	for {
		if err != nil {
			return err
		}
		switch {
		case marker == markerEnd:
			if !seenScan {
				return ErrFormat
			}
			_, err := w.Write([]byte{0xff, markerEnd})
			return err
		case marker == markerStart || marker >= markerRestart0 && marker <= markerRestart7 || marker == markerTem || marker == 0:
			return ErrFormat // stands alone, and not here
		}
		segment, err := readSegment(r)
		if err != nil {
			return err
		}
		switch {
		case marker == markerApp1:
			if value, ok := exifOrientation(segment); ok && !oriented && !seenScan {
				oriented = true
				segment = orientationExif(value)
			} else {
				segment = nil
			}
		case marker == markerApp2 && !bytes.HasPrefix(segment, []byte("ICC_PROFILE\x00")),
			marker > markerApp2 && marker <= markerApp15 && marker != markerApp14,
			marker == markerComment:
			segment = nil
		}
		if segment != nil {
			if err := writeSegment(w, marker, segment); err != nil {
				return err
			}
		}
		if marker == markerScan {
			seenScan = true
			if marker, err = copyScan(w, r); err != nil {
				return err
			}
			continue
		}
		if marker, err = nextMarker(r); err != nil {
			return err
		}
	}
}

// nextMarker reads a marker, fill bytes before it included.
func nextMarker(r *bufio.Reader) (byte, error) {
	b, err := r.ReadByte()
	if err != nil {
		return 0, err
	}
	if b != 0xff {
		return 0, ErrFormat
	}
	for b == 0xff {
		if b, err = r.ReadByte(); err != nil {
			return 0, err
		}
	}
	return b, nil
}

// readSegment reads what follows a marker: at most 64 KiB.
func readSegment(r *bufio.Reader) ([]byte, error) {
	var size [2]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(size[:]))
	if n < 2 {
		return nil, ErrFormat
	}
	segment := make([]byte, n-2)
	_, err := io.ReadFull(r, segment)
	return segment, err
}

func writeSegment(w *bufio.Writer, marker byte, segment []byte) error {
	head := []byte{0xff, marker, 0, 0}
	binary.BigEndian.PutUint16(head[2:], uint16(len(segment)+2))
	if _, err := w.Write(head); err != nil {
		return err
	}
	_, err := w.Write(segment)
	return err
}

// copyScan copies entropy-coded data and returns the marker that ends it. In it a
// byte of 0xff is followed by 0, or by a restart marker.
func copyScan(w *bufio.Writer, r *bufio.Reader) (byte, error) {
	for {
		part, err := r.ReadSlice(0xff)
		if err == bufio.ErrBufferFull {
			if _, err := w.Write(part); err != nil {
				return 0, err
			}
			continue
		}
		if err != nil {
			return 0, err
		}
		if _, err := w.Write(part[:len(part)-1]); err != nil {
			return 0, err
		}
		b := byte(0xff)
		for b == 0xff {
			if b, err = r.ReadByte(); err != nil {
				return 0, err
			}
		}
		if b != 0 && (b < markerRestart0 || b > markerRestart7) {
			return b, nil
		}
		if _, err := w.Write([]byte{0xff, b}); err != nil {
			return 0, err
		}
	}
}

var exifHead = []byte("Exif\x00\x00")

const (
	tagOrientation = 0x0112
	typeShort      = 3
)

// exifOrientation finds the orientation in an APP1 segment: 2 to 8, as 1 says
// nothing.
func exifOrientation(segment []byte) (value uint16, ok bool) {
	tiff, ok := bytes.CutPrefix(segment, exifHead)
	if !ok || len(tiff) < 8 {
		return 0, false
	}
	var order binary.ByteOrder = binary.BigEndian
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
	default:
		return 0, false
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 0, false
	}
	n := uint64(order.Uint16(tiff[at:]))
	for i := range n {
		field := at + 2 + i*12
		if field+12 > uint64(len(tiff)) {
			return 0, false
		}
		if order.Uint16(tiff[field:]) == tagOrientation && order.Uint16(tiff[field+2:]) == typeShort {
			value = order.Uint16(tiff[field+8:])
			return value, value >= 2 && value <= 8
		}
	}
	return 0, false
}

// orientationExif is the smallest APP1 segment that says an orientation.
func orientationExif(value uint16) []byte {
	out := append(bytes.Clone(exifHead), "MM\x00*\x00\x00\x00\x08\x00\x01"...)
	out = binary.BigEndian.AppendUint16(out, tagOrientation)
	out = binary.BigEndian.AppendUint16(out, typeShort)
	out = binary.BigEndian.AppendUint32(out, 1)
	out = binary.BigEndian.AppendUint16(out, value)
	return append(out, 0, 0, 0, 0, 0, 0) // the field's rest, and no further directory
}
