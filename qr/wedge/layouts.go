package wedge

// layout is what the keys of a keyboard type, without and with Shift. Rows go from
// the top and keys from the left: the digit row from the key left of 1 (X11 TLDE,
// AE01 to AE12), the upper letter row (AD01 to AD12), the middle one up to the key
// beside Enter (AC01 to AC11, BKSL), and the lower one from the key beside the left
// Shift (LSGT, AB01 to AB10). An accent key is its combining character.
//
// Source: the symbols of xkeyboard-config 2.35 (Debian xkb-data) of the layout and
// variant that is named, resolved by xkbcli compile-keymap. Windows' layouts of the
// same name (KBDFR, KBDBE, KBDSF, KBDFC, KBDCAN, KBDGR, KBDUK) type the same on the
// keys that base45's characters are on.
type layout struct {
	id    string
	plain [4]string
	shift [4]string
}

var layouts = []layout{
	{"us", // us
		[4]string{"`1234567890-=", "qwertyuiop[]", `asdfghjkl;'\`, "<zxcvbnm,./"},
		[4]string{"~!@#$%^&*()_+", "QWERTYUIOP{}", `ASDFGHJKL:"|`, ">ZXCVBNM<>?"}},
	{"fr", // fr(azerty): the legacy one, on most computers in France
		[4]string{"²&é\"'(-è_çà)=", "azertyuiop\u0302$", "qsdfghjklmù*", "<wxcvbn,;:!"},
		[4]string{"~1234567890°+", "AZERTYUIOP\u0308£", "QSDFGHJKLM%µ", ">WXCVBN?./§"}},
	{"be", // be
		[4]string{"²&é\"'(§è!çà)-", "azertyuiop\u0302$", "qsdfghjklmùµ", "<wxcvbn,;:="},
		[4]string{"³1234567890°_", "AZERTYUIOP\u0308*", "QSDFGHJKLM%£", ">WXCVBN?./+"}},
	{"fr-mac", // fr(mac), but for the key beside Enter, of which a Mac types the grave at once
		[4]string{"@&é\"'(§è!çà)-", "azertyuiop\u0302$", "qsdfghjklmù`", "<wxcvbn,;:="},
		[4]string{"#1234567890°_", "AZERTYUIOP\u0308*", "QSDFGHJKLM%£", ">WXCVBN?./+"}},
	{"ch-fr", // ch(fr)
		[4]string{"§1234567890'\u0302", "qwertzuiopè\u0308", "asdfghjkléà$", "<yxcvbnm,.-"},
		[4]string{"°+\"*ç%&/()=?\u0300", "QWERTZUIOPü!", "ASDFGHJKLöä£", ">YXCVBNM;:_"}},
	{"ca-fr", // ca(fr)
		[4]string{"#1234567890-=", "qwertyuiop\u0302\u0327", "asdfghjkl;\u0300<", "«zxcvbnm,.é"},
		[4]string{"|!\"/$%?&*()_+", "QWERTYUIOP\u0302\u0308", "ASDFGHJKL:\u0300>", "»ZXCVBNM'.É"}},
	{"ca-multi", // ca(multix)
		[4]string{"/1234567890-=", "qwertyuiop\u0302ç", "asdfghjkl;èà", "ùzxcvbnm,.é"},
		[4]string{"\\!@#$%?&*()_+", "QWERTYUIOP\u0308Ç", "ASDFGHJKL:ÈÀ", "ÙZXCVBNM'\"É"}},
	{"bepo", // fr(bepo)
		[4]string{"$\"«»()@+-/*=%", "bépoè\u0302vdljzw", "auie,ctsrnmç", "êàyx.k'qghf"},
		[4]string{"#1234567890°`", "BÉPOÈ!VDLJZW", "AUIE;CTSRNMÇ", "ÊÀYX:K?QGHF"}},
	{"afnor", // fr(afnor): NF Z71-300
		[4]string{"@àéèê()‘’«»'\u0302", "azertyuiop-+", "qsdfghjklm/*", "<wxcvbn.,:;"},
		[4]string{"#1234567890\"\u0308", "AZERTYUIOP–±", "QSDFGHJKLM\\½", ">WXCVBN?!…="}},
	{"de", // de
		[4]string{"\u03021234567890ß\u0301", "qwertzuiopü+", "asdfghjklöä#", "<yxcvbnm,.-"},
		[4]string{"°!\"§$%&/()=?\u0300", "QWERTZUIOPÜ*", "ASDFGHJKLÖÄ'", ">YXCVBNM;:_"}},
	{"gb", // gb
		[4]string{"`1234567890-=", "qwertyuiop[]", "asdfghjkl;'#", "\\zxcvbnm,./"},
		[4]string{"¬!\"£$%^&*()_+", "QWERTYUIOP{}", "ASDFGHJKL:@~", "|ZXCVBNM<>?"}},
}

// scanners are the layouts that scanners are set for: as they come, or for France.
var scanners = []string{"us", "fr"}

// caps is what Caps Lock does while a scanner types.
type caps string

const (
	capsOff     caps = ""
	capsLetters caps = "letters" // turns Shift round on letters: Linux, and Windows on QWERTY
	capsDigits  caps = "digits"  // on letters and on the digit row: Windows on QWERTZ and some AZERTY
	capsAll     caps = "all"     // on every key: Windows on AZERTY
	capsUpper   caps = "upper"   // makes letters capital, with Shift or without: macOS
)

var allCaps = []caps{capsOff, capsLetters, capsAll, capsDigits, capsUpper}
