/* words: see words.h. */
#include "engine/tasks/words.h"

#include <ctype.h>
#include <string.h>

/* Blank-separated, each list ending in a blank. A word may stand in one list only. */
static const char *const topics[WORD_N_TOPICS] = {
    [WORD_ANIMAL] =
        "dog cat horse cow pig sheep goat chicken duck goose turkey rabbit mouse rat hamster "
        "squirrel fox wolf bear lion tiger leopard cheetah elephant giraffe zebra hippo rhino "
        "monkey gorilla kangaroo koala panda camel llama donkey mule deer moose elk bison buffalo "
        "otter beaver badger hedgehog mole bat whale dolphin seal walrus shark salmon trout tuna "
        "herring carp goldfish octopus squid crab lobster shrimp oyster snail slug worm spider "
        "scorpion ant bee wasp butterfly moth beetle ladybird grasshopper cricket dragonfly fly "
        "mosquito flea frog toad newt lizard gecko snake python cobra crocodile alligator turtle "
        "tortoise eagle hawk falcon owl raven crow magpie sparrow robin swallow pigeon dove parrot "
        "penguin ostrich flamingo pelican swan stork heron woodpecker peacock hummingbird kitten "
        "puppy lamb calf foal chipmunk raccoon skunk weasel ferret mongoose hyena jackal lynx "
        "panther puma jaguar antelope gazelle caterpillar jellyfish starfish seahorse ",
    [WORD_FOOD] =
        "apple pear plum peach cherry strawberry raspberry blueberry blackberry banana orange "
        "lemon lime grape melon watermelon pineapple mango papaya kiwi fig date apricot coconut "
        "pomegranate tomato potato carrot onion garlic leek cabbage lettuce spinach broccoli "
        "cauliflower celery cucumber pumpkin pepper radish turnip beetroot parsnip pea bean lentil "
        "mushroom avocado olive walnut almond hazelnut peanut cashew chestnut bread butter cheese "
        "milk cream yogurt egg bacon sausage ham beef pork steak burger pizza pasta spaghetti "
        "macaroni noodle rice soup stew salad sandwich toast pancake waffle cereal porridge honey "
        "jam sugar salt vinegar mustard ketchup mayonnaise cinnamon vanilla ginger parsley basil "
        "oregano chocolate cookie biscuit cake pie pudding muffin donut candy caramel toffee "
        "lollipop coffee tea cocoa juice lemonade water soda wine beer cider breakfast lunch "
        "dinner supper snack dessert picnic omelette casserole dumpling pretzel croissant syrup ",
    [WORD_HOME] =
        "house home room kitchen bathroom bedroom cellar attic garage garden balcony roof wall "
        "floor ceiling door window curtain carpet chair table sofa couch bench stool bed pillow "
        "blanket mattress wardrobe cupboard drawer shelf mirror lamp candle lantern fireplace oven "
        "stove fridge freezer kettle toaster blender dishwasher vacuum broom bucket sponge soap "
        "towel shampoo toothbrush comb brush scissors needle thread button zipper hammer nail "
        "screw screwdriver wrench pliers ladder rope chain lock key basket bottle cup mug glass "
        "plate bowl fork knife spoon pan pot tray napkin clock watch alarm radio television "
        "telephone camera computer keyboard printer laptop battery cable book magazine newspaper "
        "letter envelope stamp pencil pen eraser ruler notebook paper crayon paint shirt trousers "
        "jacket coat sweater dress skirt sock shoe boot sandal slipper hat cap scarf glove belt "
        "umbrella suitcase backpack wallet purse necklace bracelet ring earring toy doll puzzle "
        "balloon whistle cushion doorbell hammock bookcase ",
    [WORD_NATURE] =
        "sun moon star sky cloud rain snow hail fog mist storm thunder lightning rainbow wind "
        "breeze hurricane tornado frost ice icicle river stream lake pond ocean sea wave tide "
        "beach sand shell island coast cliff mountain hill valley canyon cave volcano desert "
        "forest jungle meadow field swamp marsh glacier waterfall spring summer autumn winter tree "
        "leaf branch root trunk bark flower petal rose tulip daisy lily violet sunflower orchid "
        "dandelion grass moss fern ivy bush hedge oak maple birch pine willow cedar palm bamboo "
        "cactus seed acorn berry thorn mud clay stone rock pebble crystal diamond emerald ruby "
        "sapphire gold silver copper iron earth planet comet galaxy meteor eclipse horizon "
        "sunset sunrise twilight shadow flame smoke ash spark dew puddle geyser lagoon reef "
        "peninsula prairie tundra savanna wilderness landscape blossom ",
    [WORD_PEOPLE] =
        "man woman child baby boy girl mother father sister brother uncle aunt cousin nephew niece "
        "grandmother grandfather husband wife friend neighbour guest stranger teacher student "
        "pupil professor doctor nurse dentist surgeon lawyer judge farmer gardener baker butcher "
        "cook waiter tailor carpenter plumber electrician mechanic engineer architect painter "
        "sculptor musician singer dancer actor writer poet author journalist editor pilot sailor "
        "captain soldier officer policeman detective fireman astronaut scientist chemist biologist "
        "librarian cashier clerk manager secretary president minister king queen prince princess "
        "knight wizard witch pirate thief hero giant dwarf ghost clown magician acrobat athlete "
        "runner swimmer player referee champion winner tourist traveller explorer hunter fisherman "
        "shepherd miner barber hairdresser driver passenger customer volunteer citizen ancestor "
        "orphan hermit monk ",
    [WORD_BODY] =
        "head face eye ear nose mouth lip tooth tongue chin cheek forehead hair neck shoulder arm "
        "elbow wrist hand finger thumb chest back stomach waist hip leg knee ankle foot toe heel "
        "skin bone muscle blood heart brain lung liver kidney nerve vein skeleton skull rib spine "
        "eyebrow eyelash beard moustache freckle wrinkle fist palate throat fingernail ",
    [WORD_CITY] =
        "city town village street road avenue square bridge tunnel tower castle palace church "
        "temple mosque museum library theatre cinema school university hospital hotel restaurant "
        "cafe bakery market shop supermarket bank office factory station airport harbour stadium "
        "park playground fountain statue cemetery prison car bus truck taxi train tram subway "
        "bicycle motorcycle scooter boat ship ferry canoe submarine airplane helicopter rocket "
        "parachute wheel engine brake pedal ticket luggage map compass traffic corner crossing "
        "pavement sidewalk lighthouse windmill farm barn stable fence gate chimney apartment "
        "skyscraper elevator staircase basement warehouse workshop kindergarten laboratory "
        "observatory aquarium circus carnival parade highway roundabout ",
    [WORD_SCIENCE] =
        "number letter sum digit fraction triangle circle rectangle pentagon hexagon cube sphere "
        "pyramid cylinder angle diameter radius equation formula theory experiment microscope "
        "telescope thermometer barometer magnet electricity energy force gravity motion friction "
        "pressure temperature oxygen hydrogen nitrogen carbon helium atom molecule electron "
        "neutron proton nucleus acid metal mineral fossil dinosaur bacteria virus cell gene "
        "evolution photosynthesis chlorophyll mathematics geometry algebra arithmetic physics "
        "chemistry biology astronomy geology geography history language grammar alphabet "
        "vocabulary dictionary encyclopedia sentence paragraph syllable vowel consonant comma "
        "question answer riddle algorithm database software hardware internet network password "
        "program robot satellite spaceship orbit laser mosaic melody harmony rhythm orchestra "
        "violin guitar piano trumpet flute drum saxophone accordion harmonica xylophone "
        "tambourine clarinet ",
    [WORD_VERB] =
        "walk run jump swim climb crawl dance sing speak whisper shout laugh smile cry weep sleep "
        "dream wake eat drink bite chew taste smell hear listen see look notice touch hold carry "
        "lift push pull throw catch kick hit break fix build make create draw write read count "
        "measure weigh compare choose decide think believe know learn teach study remember forget "
        "forgive promise thank greet invite visit travel arrive leave return begin start stop "
        "finish continue open close lock unlock give take borrow lend buy sell pay earn spend save "
        "lose find search discover explore hide seek follow lead help protect attack defend fight "
        "win play share collect gather divide multiply subtract cut chop peel boil fry bake roast "
        "stir pour wash clean wipe sweep polish repair sew knit iron fold wrap pack unpack hang "
        "plant water dig grow harvest feed breathe sneeze cough yawn stretch rest relax hurry wait "
        "wander balance imagine improve increase decrease celebrate congratulate recommend "
        "understand demonstrate organise investigate ",
    [WORD_ADJECTIVE] =
        "big small large tiny huge tall short long wide narrow thick thin heavy light strong weak "
        "fast slow quick early late new old young modern ancient hot cold warm cool dry wet clean "
        "dirty bright dark loud quiet silent soft hard smooth rough sharp blunt round flat "
        "straight curved sweet sour bitter salty spicy fresh rotten ripe raw delicious hungry "
        "thirsty tired sleepy happy sad angry afraid brave shy proud calm nervous excited bored "
        "curious clever wise foolish funny serious kind cruel gentle polite rude honest generous "
        "greedy lazy busy careful careless patient famous rich poor cheap expensive free empty "
        "full open secret strange common rare simple easy difficult possible impossible safe "
        "dangerous healthy sick red blue green yellow purple pink brown black white grey golden "
        "wooden metallic beautiful ugly wonderful terrible perfect different similar identical "
        "enormous gigantic microscopic mysterious transparent invisible magnificent comfortable "
        "independent international extraordinary responsible ",
    [WORD_ABSTRACT] =
        "time day week month year hour minute second morning evening night today tomorrow "
        "yesterday past future moment century birthday holiday weekend vacation journey adventure "
        "story tale legend myth novel poem song joke game sport football tennis hockey basketball "
        "volleyball chess race match team goal prize medal luck chance idea thought opinion reason "
        "purpose plan hope fear joy sorrow anger love hate courage wisdom knowledge truth lie "
        "memory mistake problem solution success failure victory defeat peace war freedom justice "
        "law rule duty right power money price cost gift job work career education lesson exam "
        "homework hobby habit custom tradition culture religion government election democracy "
        "revolution economy industry trade business company agreement contract discussion "
        "conversation information message news signal sign symbol colour shape size length width "
        "height depth weight speed distance direction beginning end middle limit order chaos "
        "balancing pattern detail example difference choice change movement silence noise sound "
        "voice echo music picture image photograph imagination inspiration curiosity friendship "
        "happiness neighbourhood responsibility celebration ",
};

static const char *const names[] = {
    "Anna",  "Ben",   "Clara", "David", "Emma",  "Frank",  "Grace", "Henry", "Iris",   "Jack",
    "Kate",  "Leo",   "Maria", "Noah",  "Olga",  "Paul",   "Rosa",  "Sam",   "Tina",   "Victor",
    "Wendy", "Yusuf", "Zoe",   "Alice", "Bob",   "Carol",  "Dan",   "Eve",   "Fatima", "George",
    "Hana",  "Ivan",  "Julia", "Kenji", "Laura", "Mike",   "Nina",  "Oscar", "Priya",  "Quinn",
    "Ravi",  "Sara",  "Tom",   "Uma",   "Vera",  "Walter", "Xena",  "Yara",
};

#define N_NAMES ((int)(sizeof names / sizeof *names))

/* The word that covers a random byte of the list: long words come a little more often. */
static void pick_from(struct rng *r, const char *list, char out[WORD_MAX]) {
    size_t at = rng_below(r, (uint32_t)strlen(list)), n = 0;
    while (at > 0 && list[at - 1] != ' ') at--;
    while (list[at + n] != ' ') n++;
    memcpy(out, list + at, n);
    out[n] = 0;
}

void words_pick_topic(struct rng *r, enum word_topic t, char out[WORD_MAX]) {
    do pick_from(r, topics[t], out);
    while (!out[0]);
}

static bool fits(const char *w, enum task_split split, int lo, int hi) {
    int n = (int)strlen(w);
    return n >= lo && n <= hi && task_operand_split(w) == split;
}

void words_pick(struct rng *r, enum task_split split, int lo, int hi, char out[WORD_MAX]) {
    do words_pick_topic(r, (enum word_topic)rng_below(r, WORD_N_TOPICS), out);
    while (!fits(out, split, lo, hi));
}

/* Syllables of an onset, a vowel and sometimes a closing consonant. */
static void pronounceable(struct rng *r, int n, char out[WORD_MAX]) {
    static const char *const onset[] = {
        "b", "c", "d",  "f",  "g",  "h",  "j",  "k",  "l",  "m",  "n",  "p",  "r",  "s",  "t", "v",
        "w", "z", "br", "cl", "dr", "fl", "gr", "pl", "sh", "st", "tr", "th", "qu", "sp", "x", "y"};
    static const char vowels[] = "aaeeeiioou", closing[] = "bdgklmnprstxlnrs";
    char buf[64];
    int len = 0;
    while (len < n) {
        const char *o = onset[rng_below(r, sizeof onset / sizeof *onset)];
        if (len > 0 || rng_below(r, 5)) {
            memcpy(buf + len, o, strlen(o));
            len += (int)strlen(o);
        }
        buf[len++] = vowels[rng_below(r, sizeof vowels - 1)];
        if (rng_below(r, 5) < 2) buf[len++] = closing[rng_below(r, sizeof closing - 1)];
        if (rng_below(r, 6) == 0) {
            buf[len] = buf[len - 1];
            len++;
        }
    }
    memcpy(out, buf, (size_t)n);
    out[n] = 0;
}

void words_pseudo(struct rng *r, enum task_split split, int lo, int hi, char out[WORD_MAX]) {
    do pronounceable(r, (int)rng_between(r, lo, hi), out);
    while (!fits(out, split, lo, hi));
}

void words_any(struct rng *r, enum task_split split, int lo, int hi, char out[WORD_MAX]) {
    uint32_t kind = rng_below(r, 10);
    if (kind < 5) {
        words_pick(r, split, lo, hi, out);
    } else if (kind < 9) {
        words_pseudo(r, split, lo, hi, out);
    } else {
        do {
            int n = (int)rng_between(r, lo, hi);
            for (int i = 0; i < n; i++) out[i] = (char)('a' + rng_below(r, 26));
            out[n] = 0;
        } while (!fits(out, split, lo, hi));
    }
}

void words_shown(struct rng *r, const char *word, char out[WORD_MAX]) {
    uint32_t how = rng_below(r, 100);
    size_t n = strlen(word);
    for (size_t i = 0; i <= n; i++) {
        bool capital = how < 3 || (how < 12 && i == 0);
        out[i] = capital ? (char)toupper((unsigned char)word[i]) : word[i];
    }
}

void words_names(struct rng *r, int n, const char *out[]) {
    for (int i = 0; i < n; i++) {
        bool seen;
        do {
            out[i] = names[rng_below(r, N_NAMES)];
            seen = false;
            for (int j = 0; j < i; j++) seen |= out[j] == out[i];
        } while (seen);
    }
}

void words_spell(struct str *out, const char *word) {
    for (int i = 0; word[i]; i++) str_addf(out, "%s%d:%c", i ? " " : "", i + 1, word[i]);
}
