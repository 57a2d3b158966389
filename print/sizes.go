package print

// Sides of symbols in mm as they are printed whatever was asked for, for whoever
// measures by a sheet in a photograph.
const (
	WalletMM    = walletSize  // of the emergency symbol on the card to cut out
	FullLeastMM = fullSizeMin // of a full symbol, where that lets a page hold one row more
)
