package trust

// This file is the catalogue of what people read of this package, in French.

// words are the 256 words that say a fingerprint, one a byte. They are common
// nouns without accents, four letters at least, no two alike in the first four,
// chosen to be told apart on a bad line. Their order is part of the format:
// changing one would make every written-down fingerprint wrong.
var words = [256]string{
	"abeille", "abricot", "aiguille", "album", "allumette", "ampoule", "ananas", "arbre", "ardoise", "argile",
	"armoire", "artichaut", "assiette", "auberge", "autruche", "avion", "avocat", "baleine", "ballon",
	"banane", "bateau", "beurre", "biscuit", "blouse", "bonbon", "bougie", "boussole", "bouteille", "brebis",
	"brioche", "brosse", "buffet", "buisson", "bureau", "cactus", "cahier", "caillou", "camion", "canard",
	"carotte", "cartable", "cascade", "castor", "cerise", "chaise", "chapeau", "cheval", "chocolat", "cigale",
	"ciseaux", "citron", "clavier", "cloche", "coffre", "colline", "coquille", "corbeau", "crayon", "crevette",
	"cuisine", "dauphin", "diamant", "dindon", "disque", "domino", "dossier", "dragon", "drapeau", "emballage",
	"entonnoir", "enveloppe", "escargot", "facteur", "fanfare", "farine", "fauteuil", "feuille", "ficelle",
	"flamme", "fleuve", "flocon", "fontaine", "foulard", "fourmi", "fraise", "fromage", "garage", "gazelle",
	"gilet", "girafe", "glacier", "gorille", "grenier", "grillon", "guitare", "hangar", "haricot", "harpe",
	"hibou", "hirondelle", "horloge", "huile", "image", "immeuble", "insecte", "iris", "jambon", "jardin",
	"journal", "jungle", "kayak", "kiosque", "koala", "laitue", "lampe", "lanterne", "lapin", "lavande",
	"lentille", "lessive", "licorne", "limace", "livre", "losange", "loutre", "lucarne", "lunette", "machine",
	"magasin", "maison", "marteau", "masque", "matelas", "melon", "meuble", "miroir", "montagne", "moulin",
	"mouton", "muguet", "muraille", "navire", "neige", "nougat", "nuage", "oasis", "oiseau", "olive",
	"ombrelle", "omelette", "orage", "oreille", "otarie", "ourson", "outil", "panier", "pantalon", "papillon",
	"parasol", "parfum", "patate", "peigne", "pendule", "phare", "phoque", "piano", "pigeon", "pinceau",
	"pirate", "piscine", "placard", "planche", "plume", "poire", "poisson", "poivron", "portail", "potager",
	"prairie", "prune", "puzzle", "pyjama", "quartier", "racine", "raisin", "raquette", "rasoir", "refuge",
	"renard", "requin", "ressort", "rideau", "robinet", "rocher", "romarin", "ruban", "ruche", "ruisseau",
	"sable", "sacoche", "safran", "salade", "sandale", "sanglier", "sardine", "saucisse", "savon", "semelle",
	"serpent", "serrure", "sifflet", "singe", "sirop", "soleil", "sonnette", "souris", "spatule", "sucre",
	"tableau", "tambour", "tapis", "tartine", "taureau", "temple", "terrasse", "tigre", "timbre", "tiroir",
	"tisane", "toboggan", "tomate", "tonneau", "torchon", "tortue", "tracteur", "tricot", "trompette",
	"truite", "tulipe", "tunnel", "tuyau", "usine", "vaisselle", "valise", "vanille", "velours", "verger",
	"village", "violon", "visage", "vitrail", "voiture", "volcan", "voyage", "wagon", "yaourt",
}
