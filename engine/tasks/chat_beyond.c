/* chat_beyond: questions outside the model's skills. It says so plainly and points to a bigger
 * model. The questions are built from parts; the splits share neither frames nor things. */
#include "engine/tasks/chat.h"
#include "engine/tasks/families.h"

#define N_OF(list) (sizeof(list) / sizeof *(list))

struct kind {
    const char *what; /* begins an answer: "… is beyond me" */
    struct wordings frames, things;
};

static const struct kind kinds[] = {
    {"Geography",
     {.train =
          ASK_LIST("What is the capital of {a}?", "capital of {a}", "How many people live in {a}?",
                   "Which languages are spoken in {a}?", "What is the currency of {a}?",
                   "Where is {a}?", "How big is {a}?", "Which countries border {a}?",
                   "[What|Which city] is the [capital|biggest city|main city] of {a}[|?]",
                   "[Where|In which part of the world] is {a}[|?]",
                   "[How many people|Who|What kind of people] live in {a}[|?]",
                   "[What|Which] [language|languages|currency|money|religion|food] [do they "
                   "have|is there|do people use|is usual] in {a}[|?]",
                   "[Tell me|Say|Explain] [something|more|a bit] about {a}[|.]",
                   "[Who|Which party] [rules|governs|leads] {a}[|?]",
                   "[When|Why] did {a} become [independent|a republic|rich|a state][|?]",
                   "[Is|Was] {a} [a rich|a big|a cold|an old|a safe] country[|?]",
                   "[How|What] is the [climate|weather|economy|landscape] [of|in] {a}[|?]"),
      .test = ASK_LIST("On which continent does {a} lie?", "Name the largest city of {a}.",
                       "What does the flag of {a} look like?")},
     {.train = ASK_LIST("France", "Japan", "Brazil", "Kenya", "Canada", "Norway", "India", "Egypt",
                        "Peru", "Poland", "Vietnam", "Mexico", "Italy", "Turkey", "Chile", "Ghana",
                        "Iran", "Spain", "Nepal", "Cuba", "Germany", "Greece", "China", "Russia",
                        "Sweden", "Thailand", "Austria", "Ireland", "Denmark", "Belgium", "Nigeria",
                        "Ethiopia", "Indonesia", "Argentina", "Colombia", "Pakistan", "Ukraine",
                        "Hungary", "Romania", "Scotland", "California", "Texas", "Bavaria",
                        "Africa", "Europe", "Asia", "Iceland", "Jamaica", "Israel", "Korea"),
      .test = ASK_LIST("Mongolia", "Portugal", "Australia", "Bolivia", "Finland", "Morocco")}},
    {"Knowledge about people",
     {.train = ASK_LIST(
          "Who was {a}?", "Who is {a}?", "When was {a} born?", "Tell me about {a}.",
          "What did {a} do?", "What is {a} famous for?", "When did {a} die?", "How old was {a}?",
          "Write a short biography of {a}.", "[Who|What] [was|is] {a}[| exactly| really][|?]",
          "[When|Where|In which year] [was|is] {a} [born|buried|living][|?]",
          "[Tell me|Say|Explain] [something|more|a bit|everything] about {a}[|.]",
          "[What|Which things] did {a} [do|invent|write|discover|say|believe|win][|?]",
          "[Why|For what] is {a} [famous|known|important][|?]",
          "[Was|Is] {a} [married|rich|dead|alive|a good person|a genius][|?]",
          "[Describe|Summarize|Sum up] the [work|career|ideas] of {a}[|.]"),
      .test = ASK_LIST("Summarise the life of {a}.", "In which country did {a} grow up?",
                       "Why do people remember {a}?")},
     {.train = ASK_LIST(
          "Albert Einstein", "Cleopatra", "Napoleon", "Marie Curie", "Mozart", "Shakespeare",
          "Isaac Newton", "Gandhi", "Leonardo da Vinci", "Julius Caesar", "Ada Lovelace",
          "Abraham Lincoln", "Frida Kahlo", "Beethoven", "Alan Turing", "Picasso", "Obama",
          "Taylor Swift", "Elon Musk", "Plato", "Aristotle", "Socrates", "Goethe", "Bach",
          "Michelangelo", "Martin Luther", "Karl Marx", "Sigmund Freud", "Stalin", "Churchill",
          "Lincoln", "Washington", "Trump", "Putin", "Merkel", "the Pope", "Buddha", "Jesus",
          "Muhammad", "Columbus", "Marco Polo", "Edison", "Tesla", "Steve Jobs", "Bill Gates",
          "Messi", "Ronaldo", "Michael Jackson", "Elvis", "Madonna", "Rihanna", "the Beatles",
          "Queen Elizabeth", "Genghis Khan", "Rosa Parks"),
      .test = ASK_LIST("Charles Darwin", "Nelson Mandela", "Galileo", "Confucius", "Jane Austen",
                       "Vincent van Gogh")}},
    {"History",
     {.train =
          ASK_LIST("When did {a} begin?", "Why did {a} happen?", "What was {a}?", "Who won {a}?",
                   "Explain the causes of {a}.", "In which year was {a}?", "Tell me about {a}.",
                   "[When|Why|How|Where] did {a} [begin|start|happen|end|come about][|?]",
                   "[What|Who] [was|caused|started|ended|won|lost] {a}[|?]",
                   "[Tell me|Say|Explain|Teach me] [something|more|a bit|everything] about {a}[|.]",
                   "[In which|What] [year|century|decade] was {a}[|?]",
                   "[How long|How many years] did {a} last[|?]"),
      .test = ASK_LIST("What were the consequences of {a}?", "Give a timeline of {a}.",
                       "How many people took part in {a}?")},
     {.train = ASK_LIST("World War 2", "the French Revolution", "the moon landing", "the Cold War",
                        "the Roman Empire", "the fall of the Berlin Wall", "the Black Death",
                        "the Industrial Revolution", "the Vietnam War", "the American Civil War",
                        "the Renaissance", "the Battle of Waterloo", "World War 1",
                        "the Second World War", "the Great Depression", "the Reformation",
                        "the Middle Ages", "the Stone Age", "the Gulf War", "the Spanish Civil War",
                        "Brexit", "the plague", "slavery", "the gold rush", "the Enlightenment",
                        "the Holocaust", "the Titanic disaster", "the war in Ukraine"),
      .test = ASK_LIST("the Thirty Years' War", "the Russian Revolution", "the Crusades",
                       "the Great Fire of London")}},
    {"News",
     {.train = ASK_LIST(
          "What is the weather in {a}?", "Will it rain in {a} tomorrow?",
          "What's the news from {a}?", "What happened today in {a}?", "weather {a}",
          "How warm is it in {a}?", "What is on tonight in {a}?", "What time is it in {a}?",
          "[What is|How is|What's] the [weather|temperature|forecast|news|time|traffic|mood] "
          "[in|for] {a}[| today| now| tomorrow| this week][|?]",
          "[Will|Does] it [rain|snow|be hot|be cold] in {a}[| today| tomorrow| tonight][|?]",
          "[What|Who] is [new|happening|playing|going on|open] in {a}[| today| tonight| now][|?]",
          "[How|Is it] [cold|warm|late|hot] in {a}[| now| today][|?]",
          "[weather|news|time|forecast] [in |for |]{a}[| today| tomorrow]"),
      .test = ASK_LIST("Do I need an umbrella in {a} this weekend?", "Any headlines out of {a}?",
                       "Is there a traffic jam in {a} at the moment?")},
     {.train =
          ASK_LIST("London", "Paris", "New York", "Berlin", "Tokyo", "Rome", "Madrid", "Cairo",
                   "Delhi", "Moscow", "Sydney", "Chicago", "Vienna", "Lagos", "Toronto", "Hamburg",
                   "Munich", "Prague", "Warsaw", "Athens", "Dublin", "Oslo", "Boston", "Miami",
                   "Beijing", "Shanghai", "Mumbai", "Dubai", "Istanbul", "Barcelona", "Milan",
                   "Zurich", "Kyiv", "San Francisco", "my town", "my city"),
      .test = ASK_LIST("Helsinki", "Buenos Aires", "Nairobi", "Lisbon", "Seoul")}},
    {"Programming",
     {.train = ASK_LIST("Write a {a} program that sorts a list.", "How do I read a file in {a}?",
                        "Write a function in {a} that reverses a string.", "Fix this {a} code.",
                        "What is a pointer in {a}?", "Write me a web server in {a}.",
                        "Explain closures in {a}.", "Code a game in {a}.", "hello world in {a}",
                        "How do I install {a}?", "Is {a} a good language to learn?",
                        "Debug my {a} script.",
                        "[Write|Make|Give|Show|Code] me [a|some|an easy] {a} "
                        "[program|script|code|function|example|snippet][| that counts words| for a "
                        "website| to sort files| for a game|][|.|, please]",
                        "[How|Where] [do|can] I [learn|install|run|write|start with|debug|compile] "
                        "{a}[| code][|?]",
                        "[What|Who] is {a}[| used for| good for|][|?]",
                        "[Explain|Fix|Review|Improve|Test|Optimize] [my|this|the following|some] "
                        "{a} [code|program|script|function|error][|.]",
                        "[Is|Why is] {a} [better than Java|fast|slow|popular|hard|dead][|?]",
                        "[I get|There is] an error in my {a} [code|program|script][|.]"),
      .test =
          ASK_LIST("Show me a loop in {a}.", "Refactor my {a} class.",
                   "What does this {a} error message mean?", "Implement a linked list using {a}.")},
     {.train =
          ASK_LIST("Python", "Java", "JavaScript", "Rust", "Go", "C++", "SQL", "PHP", "Ruby",
                   "Haskell", "Bash", "HTML", "TypeScript", "C", "assembly", "COBOL", "Fortran",
                   "Lisp", "R", "Matlab", "CSS", "Pascal", "Prolog", "Erlang", "Visual Basic",
                   "Excel", "Docker", "Linux", "git", "React", "Dart", "Julia"),
      .test = ASK_LIST("Kotlin", "Swift", "Perl", "Lua", "Scala")}},
    {"Translating",
     {.train = ASK_LIST(
          "Translate \"I love you\" into {a}.", "How do you say good morning in {a}?",
          "What is the {a} word for house?", "translate this to {a}: where is the station",
          "How do I say thank you in {a}?", "Can you speak {a}?", "Teach me some {a}.",
          "Conjugate the verb to be in {a}.", "Say hello in {a}.",
          "[Translate|Put] [this|it|\"good night\"|'thank you'|the word dog|my letter|\"where is "
          "the bus\"] [into|to|in] {a}[|.|, please]",
          "[How|What] [do you say|does one say|is] [cat|hello|water|yes|\"I am "
          "hungry\"|please|goodbye] in {a}[|?]",
          "[Do|Can|Could] you [speak|write|read|understand|teach me|talk] {a}[|?]",
          "[Answer|Speak|Write|Talk] [to me |]in {a}[|.|, please]", "Is it hard to learn {a}[|?]"),
      .test = ASK_LIST("Put the sentence \"my dog is hungry\" into {a}.",
                       "Which expression would a speaker of {a} use for goodbye?",
                       "I need this letter in {a}, please.")},
     {.train = ASK_LIST("French", "German", "Spanish", "Italian", "Chinese", "Japanese", "Russian",
                        "Arabic", "Latin", "Dutch", "Greek", "Hindi", "Polish", "Swedish", "Danish",
                        "Norwegian", "Hungarian", "Czech", "Hebrew", "Thai", "Vietnamese",
                        "Ukrainian", "Catalan", "Bengali", "Persian", "Urdu", "Welsh", "Irish"),
      .test = ASK_LIST("Portuguese", "Korean", "Turkish", "Finnish", "Swahili")}},
    {"Medical advice",
     {.train = ASK_LIST(
          "I have {a}. What should I do?", "What helps against {a}?", "Is {a} dangerous?",
          "What causes {a}?", "Which medicine is good for {a}?", "How do I treat {a}?",
          "My child has {a}, help!", "Should I see a doctor about {a}?", "How long does {a} last?",
          "[I have|I've got|My mother has|My friend has|He has|She has] {a}[.|,|:] [what should I "
          "do|what can I do|what helps|is that bad|do I need a doctor|any advice][|?]",
          "[What|Which] [helps|can I take|medicine helps|tea helps|is good] [against|for] {a}[|?]",
          "[How|When] [can I cure|do I treat|does one stop|do I get rid of] {a}[|?]",
          "Is {a} [dangerous|contagious|normal|serious][|?]",
          "What [causes|are the signs of] {a}[|?]"),
      .test = ASK_LIST("Since yesterday I suffer from {a}; any idea?", "Can {a} be cured at home?",
                       "Which pills do people take for {a}?")},
     {.train = ASK_LIST("a headache", "fever", "a cough", "back pain", "a rash", "the flu",
                        "toothache", "insomnia", "an allergy", "high blood pressure", "a cold",
                        "a sore throat", "depression", "diabetes", "a fever", "cancer",
                        "a stomach bug", "heartburn", "asthenia", "a burn", "a bee sting",
                        "hay fever", "anxiety", "stress", "a nosebleed", "acne", "a cut",
                        "a swollen knee", "hiccups", "low blood sugar", "pneumonia", "arthritis"),
      .test = ASK_LIST("migraine", "a broken arm", "stomach ache", "asthma", "dizziness")}},
    {"Writing texts",
     {.train = ASK_LIST(
          "Write a poem about {a}.", "Write a story about {a}.", "Tell me a joke about {a}.",
          "Write an essay on {a}.", "Make a song about {a}.", "Write a haiku about {a}.",
          "Tell me a story about {a}.", "Write a blog post about {a}.", "a limerick about {a}",
          "Give me three slogans about {a}.", "Write a letter about {a}.",
          "[Write|Tell|Give|Make] me [a|a short|a long|a funny|a sad] "
          "[poem|story|joke|song|tale|essay|rap|speech|text|riddle] about {a}[|.|, please]",
          "[Write|Tell|Make up] a [poem|story|joke|song|tale|essay|paragraph|tweet|novel] "
          "[about|on] {a}[|.|, please]",
          "[a|one] [poem|joke|story|song] about {a}[|, please]",
          "[I need|I want|We need] a [text|poem|speech|story|greeting|slogan] about {a}[|.]",
          "[Can|Could] you [write|tell|make up|sing] [something|a poem|a joke|a story] about "
          "{a}[|?]"),
      .test = ASK_LIST("Compose a sonnet on {a}.", "Draft a speech on the subject of {a}.",
                       "Invent a fairy tale in which there is {a}.", "Rhyme something on {a}.")},
     {.train =
          ASK_LIST("love", "the sea", "my cat", "autumn", "friendship", "robots", "the moon",
                   "dragons", "my boss", "a lonely tree", "football", "winter", "a brave mouse",
                   "coffee", "war", "the rain", "my dog", "summer", "snow", "pirates", "ghosts",
                   "a princess", "school", "my mother", "my wife", "Christmas", "a birthday",
                   "the stars", "cars", "loneliness", "a king", "trees", "death", "happiness",
                   "a train", "computers", "two brothers", "hope", "time", "bread"),
      .test = ASK_LIST("spring rain", "an old lighthouse", "my grandmother", "time travel",
                       "bicycles")}},
    {"Having opinions",
     {.train = ASK_LIST(
          "What do you think about {a}?", "What is your opinion on {a}?", "Do you like {a}?",
          "Is {a} good or bad?", "Are you for or against {a}?", "Who is right about {a}?",
          "Should we ban {a}?", "Do you believe in {a}?",
          "[What|How] do you [think|feel] about {a}[|?]",
          "[What is|What's|Tell me|Give me] your [opinion|view|take|feeling] [on|about] {a}[|?|.]",
          "[Do|Can] you [like|love|hate|believe in|support|understand] {a}[|?]",
          "[Is|Why is] {a} [good|bad|wrong|right|important|dangerous|stupid][|?]",
          "[Should|Must] [we|people|I] [accept|fear|allow|stop|like] {a}[|?]"),
      .test = ASK_LIST("Where do you stand on {a}?", "Convince me of {a}.", "Is {a} overrated?")},
     {.train =
          ASK_LIST("religion", "politics", "abortion", "climate change", "capitalism", "God",
                   "ghosts", "nuclear power", "veganism", "the death penalty", "modern art",
                   "astrology", "social media", "guns", "the government", "the war", "taxes",
                   "feminism", "socialism", "communism", "the news", "football", "modern music",
                   "rich people", "lawyers", "school uniforms", "smoking", "alcohol", "marriage",
                   "artificial intelligence", "love", "money", "the future", "democracy"),
      .test = ASK_LIST("immigration", "aliens", "horoscopes", "genetic engineering", "monarchy")}},
    {"Science",
     {.train = ASK_LIST("Explain {a}.", "What is {a}?", "How does {a} work?", "Why is there {a}?",
                        "Who discovered {a}?", "Describe {a} in simple words.",
                        "Tell me something about {a}.", "what is {a}",
                        "[Explain|Describe|Define|Teach me] {a}[| to me| simply| in short| "
                        "briefly| to a child][|.|, please]",
                        "[What is|What's|What exactly is|So what is] {a}[|?]",
                        "How does {a} [work|come about|function|happen][|?]",
                        "[Why|How] [do we need|do we know about|is there|did they find] {a}[|?]",
                        "[Who|When] [discovered|invented|found|explained] {a}[|?]",
                        "[Tell me|I want to know|I need to learn] [something|more|everything|a "
                        "bit] about {a}[|.]"),
      .test = ASK_LIST("Give me a lecture on {a}.", "I never understood {a}; what is it about?",
                       "In what way does {a} matter to us?")},
     {.train = ASK_LIST(
          "photosynthesis", "quantum mechanics", "gravity", "evolution",
          "a black hole", "relativity", "DNA", "electricity", "the big bang", "a neural network",
          "radioactivity", "plate tectonics", "the greenhouse effect", "a vaccine",
          "inflation", "blockchain", "the immune system", "a volcano", "an atom", "light", "sound",
          "energy", "time", "the moon", "a star", "electrons", "chemistry", "the brain", "a virus",
          "bacteria", "a cell", "genes", "heat", "pressure", "oxygen", "acid rain", "an earthquake",
          "a tornado", "the weather", "sleep", "memory", "a computer chip", "a battery", "a laser",
          "encryption", "machine learning", "democracy", "economics", "philosophy", "grammar"),
      .test =
          ASK_LIST("entropy", "nuclear fusion", "a rainbow", "antimatter", "magnetism", "CRISPR")}},
    {"Cooking",
     {.train = ASK_LIST(
          "How do I cook {a}?", "Give me a recipe for {a}.", "recipe {a}", "What goes into {a}?",
          "How long do I bake {a}?", "Which wine goes with {a}?", "How many calories has {a}?",
          "Is {a} healthy?",
          "[How|When] [do|should|can] [I|you|we] [cook|make|prepare|bake|eat|store|serve] {a}[|?]",
          "[Give|Show|Send|Write] me [a|a good|an easy|your] recipe [for|of] {a}[|.|, please]",
          "[What|Which things] [do I need|goes|belongs] [for|into] {a}[|?]",
          "[Is|Are] {a} [healthy|fattening|hard to make|good for children][|?]",
          "[recipe|ingredients|calories] {a}"),
      .test = ASK_LIST("What ingredients does one buy for {a}?", "Walk me through preparing {a}.",
                       "What spices suit {a}?")},
     {.train =
          ASK_LIST("lasagne", "pancakes", "sushi", "an apple pie", "chicken soup", "pizza", "curry",
                   "risotto", "bread", "cheesecake", "tacos", "fried rice", "goulash", "spaghetti",
                   "an omelette", "a salad", "steak", "fish", "soup", "noodles", "rice", "potatoes",
                   "dumplings", "a burger", "cookies", "a birthday cake", "jam", "tea", "pasta",
                   "beans", "meatballs", "waffles", "tiramisu", "ice cream"),
      .test = ASK_LIST("paella", "ramen", "a chocolate cake", "moussaka")}},
    {"Knowing the arts",
     {.train =
          ASK_LIST("Who wrote {a}?", "What is {a} about?", "Who directed {a}?",
                   "Have you seen {a}?", "Summarise {a}.", "Who plays the lead in {a}?",
                   "When did {a} come out?", "Is {a} worth watching?", "Quote a line of {a}.",
                   "[Who|Which person] [wrote|made|directed|sang|painted|filmed|composed] {a}[|?]",
                   "[What|How] [is|was] {a}[| about| like][|?]",
                   "[When|Where|Why] was {a} [made|written|shown|filmed][|?]",
                   "[Tell me|Say|Explain|Summarize] [the story of |the end of |the plot of "
                   "|something about ]{a}[|.]",
                   "[Do you|Did you] [know|like|read|see] {a}[|?]",
                   "[Is|Was] {a} [good|a good film|a book|worth it|boring][|?]"),
      .test = ASK_LIST("Retell the plot of {a}.", "Name the characters in {a}.",
                       "Which prizes did {a} win?")},
     {.train = ASK_LIST("Hamlet", "Star Wars", "Harry Potter", "The Lord of the Rings", "Titanic",
                        "Don Quixote", "Faust", "The Matrix", "War and Peace", "Romeo and Juliet",
                        "Inception", "The Odyssey", "Game of Thrones", "The Lion King", "Avatar",
                        "Jaws", "Casablanca", "The Simpsons", "Friends", "Frozen", "Dracula",
                        "Frankenstein", "1984", "The Hobbit", "Alice in Wonderland", "the Bible",
                        "the Mona Lisa", "Bohemian Rhapsody", "Les Miserables", "Anna Karenina",
                        "Ulysses", "Robinson Crusoe", "The Little Prince"),
      .test = ASK_LIST("Moby Dick", "The Godfather", "Macbeth", "Pulp Fiction")}},
    {"Sport and records",
     {.train = ASK_LIST("Who won {a}?", "Who will win {a}?", "When is {a}?",
                        "Where does {a} take place?", "How many teams play in {a}?",
                        "Who holds the record in {a}?", "What was the result of {a}?",
                        "Who scored in {a}?",
                        "[Who|Which team|Which country|What team] [won|wins|lost|hosted|plays "
                        "in|leads] {a}[|?| this year| last year| in 2010]",
                        "[When|Where] [is|was|begins|ends] {a}[| this year][|?]",
                        "[What|How] [are the results of|was|went] {a}[|?]",
                        "[Who|How many people] [watched|took part in|play in] {a}[|?]",
                        "[Will|Can] [Germany|Brazil|my team|our club|England] win {a}[|?]",
                        "[score|result|results|winner] [of |]{a}"),
      .test = ASK_LIST("Which country did best at {a}?", "Bet for me on {a}.",
                       "What were the standings of {a}?")},
     {.train = ASK_LIST("the World Cup", "the Olympics", "the Super Bowl", "the Tour de France",
                        "Wimbledon", "the Champions League", "the marathon in Boston",
                        "the chess championship", "the last Formula 1 race", "the NBA finals",
                        "the European Championship", "the final", "the match yesterday",
                        "the derby", "the US Open", "the Davis Cup", "the election", "the lottery",
                        "the Bundesliga", "the Premier League", "the Grand Prix", "the relay",
                        "the high jump", "the boxing match", "the gold medal"),
      .test = ASK_LIST("the Rugby World Cup", "the Ashes", "the winter games", "the Stanley Cup")}},
    {"Advice for life",
     {.train = ASK_LIST("How do I {a}?", "Can you help me {a}?", "What is the best way to {a}?",
                        "Should I {a}?", "Give me tips to {a}.", "I want to {a}. Any advice?",
                        "How long does it take to {a}?", "Is it hard to {a}?",
                        "[How|Where] [do|can|could|should] [I|one|we] {a}[|?]",
                        "[What is|What's] the [best|fastest|cheapest|easiest] way to {a}[|?]",
                        "[Help|Teach|Show] me [to|how to] {a}[|.|, please]",
                        "[Should|Could|Can] I {a}[| now| this year| alone][|?]",
                        "I [want|need|would like|try|plan|hope] to {a}[|.|. Any tips?|. What do I "
                        "do?|. Help!|. How?]",
                        "[Tips|Advice|Ideas|Tricks] [to|on how to] {a}[|, please]",
                        "[Is it|Would it be] [hard|expensive|wise|smart] to {a}[|?]"),
      .test = ASK_LIST("Make a plan for me to {a}.", "What would you do in order to {a}?",
                       "My dream is to {a}; where do I start?")},
     {.train = ASK_LIST("find a job", "lose weight", "learn the guitar", "get rich", "make friends",
                        "write a CV", "buy a house", "invest money", "stop smoking", "train a dog",
                        "repair a bicycle", "tie a tie", "plan a wedding", "fix my car",
                        "become famous", "pay less tax", "grow tomatoes", "ask someone out",
                        "learn to cook", "learn Spanish", "save money", "find a flat",
                        "make money online", "move to Canada", "get a visa", "apply for a job",
                        "repair my phone", "clean a carpet", "bake bread", "build a table",
                        "play the piano", "get fit", "be happy", "meet new people",
                        "win an argument", "write a book", "read faster", "raise a child",
                        "travel the world", "buy a car", "sell my house", "start a blog",
                        "become a doctor", "study medicine", "draw a face", "grow a beard"),
      .test = ASK_LIST("sleep better", "start a company", "paint a wall", "raise twins",
                       "run a marathon", "sue my landlord")}},
    {"Shopping and prices",
     {.train =
          ASK_LIST("What does {a} cost?", "Which {a} should I buy?", "Where can I buy {a}?",
                   "What is the share price of {a}?", "Compare {a} with its competitors.",
                   "Is {a} worth the money?", "Order {a} for me.", "Review {a} for me.",
                   "[What does|How much does|What would] {a} cost[| today| now| in Germany][|?]",
                   "[Where|When|Should] [do I|can I|should I] [buy|get|order|find|sell] {a}[|?]",
                   "Is {a} [worth it|cheap|too expensive|good value][|?]",
                   "[Recommend|Find|Order|Buy|Compare] [me |]{a}[| for me|, please|.]",
                   "[price|reviews|test|offer] [of |for |]{a}"),
      .test = ASK_LIST("Find me a bargain on {a}.", "How reliable is {a} in the long run?",
                       "Which shop has {a} in stock?")},
     {.train = ASK_LIST("Apple", "Tesla", "a new phone", "an electric car", "bitcoin", "a laptop",
                        "Amazon", "a washing machine", "a flight to Rome", "a hotel in Paris",
                        "Microsoft", "headphones", "a used car", "a bicycle", "a sofa", "an iPhone",
                        "a tablet", "shoes", "a watch", "a diamond ring", "a cheap flight",
                        "a concert ticket", "a puppy", "milk", "petrol", "insurance", "a tent",
                        "skis", "a guitar", "a new kitchen", "Google shares", "silver"),
      .test = ASK_LIST("Nvidia", "a used piano", "a camera", "gold coins", "a ferry ticket")}},
    {"Making or seeing pictures and sound",
     {.train = ASK_LIST(
          "Draw {a}.", "Paint a picture of {a}.", "Make a logo with {a}.",
          "Show me a photo of {a}.", "What do you see in this picture of {a}?",
          "Play me the sound of {a}.", "Generate an image of {a}.", "Make a video of {a}.",
          "[Draw|Paint|Show|Make|Design|Create|Generate] [me |][a picture of |a drawing of |an "
          "image of |a photo of |]{a}[|.|, please]",
          "[Can|Could] you [draw|paint|show me|see|photograph] {a}[|?]",
          "[I want|I need|Give me] [a picture|a logo|a photo|an image|a video] [of|with] {a}[|.]"),
      .test = ASK_LIST("Sketch {a} for me.", "Design a poster that shows {a}.", "Sing like {a}.")},
     {.train = ASK_LIST("a cat", "a horse", "a sunset", "a castle", "my house", "a spaceship",
                        "a lion", "the sea at night", "a violin", "a dragon", "an angel", "a dog",
                        "a tree", "a house", "a flower", "a car", "an elephant", "a rose",
                        "the moon", "a bird", "a ship", "a face", "a robot", "a city", "my family",
                        "a fish", "a butterfly", "a mountain"),
      .test = ASK_LIST("a whale", "a steam train", "a nightingale", "a mountain village")}},
    {"Higher mathematics",
     {.train = ASK_LIST(
          "What is the derivative of {a}?", "Integrate {a}.", "Plot {a}.", "Differentiate {a}.",
          "What is the limit of {a}?", "Find the zeros of {a}.", "Prove a theorem about {a}.",
          "What is the Taylor series of {a}?",
          "[What is|Find|Compute|Give me] the [derivative|integral|limit|graph|inverse|Taylor "
          "series|second derivative] of {a}[|?|.]",
          "[Differentiate|Integrate|Plot|Draw|Graph|Solve|Derive] {a}[|.|, please]",
          "[Where|When] is {a} [zero|positive|continuous|largest][|?]",
          "[Integral|Derivative|Limit] of {a}"),
      .test = ASK_LIST("Compute the antiderivative of {a}.", "Sketch the graph of {a}.",
                       "Where does {a} have its maximum?")},
     {.train = ASK_LIST("x^2", "sin(x)", "3x^2 + 2x", "log(x)", "e^x", "cos(2x)", "1/x", "x^3 - x",
                        "tan(x)", "sqrt(x)", "x^4", "2x+1", "x^2 + 1", "x*log(x)", "sin(2x)",
                        "cos(x)", "e^(2x)", "x/(x+1)", "|x|", "x^5 - 3x", "arctan(x)"),
      .test = ASK_LIST("x*sin(x)", "exp(-x)", "5x^4", "ln(x+1)")}},
    {"Doing things for you",
     {.train = ASK_LIST("{a}.", "Please {a}.", "Can you {a}?", "Could you {a} for me?",
                        "I want you to {a}.", "Would you {a}?", "{a} now",
                        "[Please |Pls |Could you |Can you |Would you |Will you "
                        "|][{a}|{a}][|.|?|!|, please| for me| now| again]",
                        "I [want|need|would like|ask] you to {a}[|.]",
                        "[Your task|The task] is to {a}[|.]", "[Try to|Go and|Help me] {a}[|.]"),
      .test = ASK_LIST("Be so kind and {a}.", "Your job: {a}.", "Let me see you {a}.")},
     {.train = ASK_LIST("send an email to my boss", "book a table for two", "call my mother",
                        "search the web for cats", "open my browser", "delete my files",
                        "set an alarm", "summarise this article", "check my spelling in this essay",
                        "order a pizza", "turn on the light", "read my mail", "play chess with me",
                        "remember my birthday", "download a film", "hack a website",
                        "rewrite this text", "correct my grammar", "play some music",
                        "look up a phone number", "write an email", "call a taxi", "open a website",
                        "google something", "show me the news", "book a hotel", "buy a ticket",
                        "tell me the weather", "tell me the time", "set a timer", "save this file",
                        "send a text message", "wash my car", "cook dinner", "clean my room",
                        "do my taxes", "write my essay", "do my English homework", "read this book",
                        "translate a letter", "water the plants", "feed the cat", "order flowers",
                        "record a video", "edit a photo", "play a game with me", "sing for me",
                        "keep my money safe", "remind me tomorrow", "call the police"),
      .test =
          ASK_LIST("post this on social media", "print my document", "wake me at seven",
                   "proofread my thesis", "buy me train tickets", "scan my computer for viruses")}},
    {"Knowledge about the world",
     {.train =
          ASK_LIST("How tall is {a}?", "How old is {a}?", "How heavy is {a}?", "Who built {a}?",
                   "How far away is {a}?", "Why is {a} famous?", "When was {a} built?",
                   "How many visitors does {a} have?", "What is {a} made of?", "How deep is {a}?",
                   "How [tall|old|big|far|heavy|deep|wide|high|long|hot|cold] is {a}[|?]",
                   "[Who built|Who found|Who named|Why did they build] {a}[|?]",
                   "[Where|What] is {a}[| exactly| made of| called in French][|?]",
                   "[Tell me|Say|Explain] [something|more|everything|a bit] about {a}[|.]",
                   "[Can|May] [I|one|people] [visit|see|climb|photograph] {a}[|?]",
                   "What does it cost to visit {a}[|?]"),
      .test = ASK_LIST("What are the measurements of {a}?", "Is {a} natural or made by people?",
                       "Who was the first to see {a}?")},
     {.train = ASK_LIST(
          "Mount Everest", "the Eiffel Tower", "the Great Wall of China", "the Taj Mahal",
          "the Amazon river", "the Colosseum", "the pyramid of Giza", "the Grand Canyon",
          "the Statue of Liberty", "the Dead Sea", "Big Ben", "the Sahara", "Mars", "Jupiter",
          "the sun", "the moon", "Venus", "the Pacific Ocean", "the Alps", "the Nile", "the Rhine",
          "Niagara Falls", "the Louvre", "the Kremlin", "the White House", "the Golden Gate Bridge",
          "Notre Dame", "the Brandenburg Gate", "the Mariana Trench", "Kilimanjaro",
          "the Black Sea", "Antarctica", "the Milky Way", "the North Pole", "the Tower of London"),
      .test = ASK_LIST("Stonehenge", "Lake Baikal", "the Sydney Opera House", "Saturn",
                       "Machu Picchu")}},
    {"Knowing animals and plants",
     {.train = ASK_LIST(
          "What do {a} eat?", "How long do {a} live?", "Why do {a} sleep so much?",
          "Where do {a} live?", "How fast are {a}?", "Are {a} dangerous?", "How many {a} are left?",
          "Can {a} see colours?", "How do {a} have babies?",
          "[What|When|How] do {a} [eat|drink|sleep|hunt|live|think|look like|sound like][|?]",
          "[Are|Can] {a} [dangerous|clever|rare|mammals|swim|fly|be trained][|?]",
          "[How|Where] [old do|many|big are|do] {a} [live|exist|get|sleep][|?]",
          "Why do {a} [sleep|smell|fight|run|hide][| so much][|?]",
          "[Tell me|Say|Explain] [something|more|everything] about {a}[|.]",
          "[Do you|Can I] [like|have|keep|own|know] {a}[|?]"),
      .test = ASK_LIST("Name the natural enemies of {a}.", "In what climate do {a} thrive?",
                       "Do {a} make good pets?")},
     {.train = ASK_LIST("cats", "lions", "penguins", "sharks", "bees", "elephants", "owls",
                        "snakes", "whales", "spiders", "pandas", "horses", "frogs", "wolves",
                        "dogs", "rabbits", "mice", "tigers", "bears", "cows", "pigs", "hens",
                        "eagles", "ants", "butterflies", "dolphins", "crocodiles", "giraffes",
                        "monkeys", "foxes", "turtles", "roses", "oak trees", "mushrooms", "tulips"),
      .test = ASK_LIST("kangaroos", "hedgehogs", "octopuses", "camels", "bats")}},
};

/* What no frame makes: all sorts of things that people ask. */
static const struct wordings others = {
    .ways = "beyond",
    .train = ASK_LIST(
        "Who is the president of the United States?", "Who is the king of England?",
        "Why is the sky blue?", "What is the meaning of life?", "Tell me a joke.", "Sing a song.",
        "What should I eat tonight?", "Is there life on Mars?", "Do you love me?",
        "How many stars are there?", "What is love?", "Who invented the telephone?",
        "What is the speed of light?", "How does a computer work?", "What is the stock market?",
        "Tell me something interesting.", "What is the best film ever?", "Recommend me a book.",
        "What is your favourite colour?", "Do you dream?", "Are you conscious?", "Will I be rich?",
        "What will happen tomorrow?", "Who will win the election?", "How do planes fly?",
        "Why do we sleep?", "What is DNA?", "Why is the sea salty?", "How do magnets work?",
        "What is the largest animal?", "What is the longest river?", "What is a noun?",
        "What does GDP mean?", "What is a synonym of happy?", "What is the opposite of hot?",
        "Define irony.", "What is the plural of mouse?", "Who painted the Mona Lisa?",
        "How many bones has the human body?", "What is water made of?", "Is God real?",
        "I feel sad.", "I am bored.", "My girlfriend left me.", "I lost my job.",
        "Can you keep a secret?", "How do I become happy?", "What is the news?", "Any news?",
        "what's the weather", "is it going to rain", "who won yesterday", "latest iPhone price",
        "best restaurants near me", "directions to the airport", "how to hack wifi", "Write code.",
        "Write an essay.", "Write me a poem.", "Tell me a story.", "Summarise this.",
        "Translate this.", "Explain quantum physics.", "Which phone is best?", "Play music.",
        "Search the internet.", "What do you see?", "Where am I?", "What is my name?",
        "How old am I?", "Who am I?", "What day is it today?", "What time is it now?",
        "How do vaccines work?", "Why did the dinosaurs die?", "How was the earth formed?",
        "What language do they speak in Brazil?", "How long is a football match?", "Solve x^2 = 2.",
        "What is pi?", "Prove that there are infinitely many primes.",
        "What is the sine of 30 degrees?", "What is a prime ideal?", "asdf", "qwerty", "blah blah",
        "lorem ipsum dolor", "???", "Paris", "Einstein", "elephants", "philosophy",
        "[Who|What] is the [president|king|queen|chancellor|prime minister|richest "
        "man|pope|mayor|best singer|tallest person|boss] of [France|Spain|the "
        "world|Germany|England|our town|Canada|China][|?]",
        "[Why|How] [is|does|do|are] [the sky blue|the sun shine|birds sing|planes stay up|people "
        "lie|we dream|the sea salty|the grass green|fish breathe|the wind blow|children cry|men "
        "snore][|?]",
        "[Who|When was it that somebody] invented [the wheel|the telephone|the computer|paper|the "
        "car|the bicycle|the light bulb|the radio|money|chess|the internet|glass|soap][|?]",
        "What is the "
        "[largest|longest|highest|smallest|oldest|fastest|deepest|richest|hottest|coldest] "
        "[animal|river|mountain|city|country|planet|lake|building|bird|desert|ocean|tree][| in the "
        "world| on earth| ever][|?]",
        "[What|Which] is the [opposite|plural|meaning|origin|synonym|definition] of "
        "[happy|house|fast|love|ox|\"run\"|time|the word star|peace|brave][|?]",
        "I [am|feel] [sad|lonely|happy|tired|angry|afraid|in "
        "love|ill|bored|hungry|confused|lost|stressed][|.|!| today| and need help]",
        "[Tell|Show|Give|Sing|Play] me [a joke|a story|something funny|a secret|some music|a "
        "song|the truth|the news|a picture|your dreams|a fact|something new][|.|!|, please]",
        "[Do|Can|Will] you [love me|dream|feel pain|have feelings|think about me|sleep|eat|get "
        "tired|like music|believe in God|marry me|remember me|have a body|want to be free|have "
        "friends][|?]",
        "[What|Who|Where|When] [am I|was I born|is my wife|is my key|do I live|did I do "
        "yesterday|is my birthday|will I die|should I marry|is my car][|?]",
        "[What|Which] [day|date|time|year|month] is it[| today| now| there| right now][|?]",
        "[Will|Would] [it rain|the war end|I be rich|I pass the exam|prices rise|she come back|my "
        "team win|the world end][| tomorrow| this year| soon][|?]",
        "[latest|best|cheap|free|top] "
        "[news|films|phones|restaurants|hotels|songs|jobs|games|books|flights][| near me| in town| "
        "today| 2024]",
        "[Summarize|Translate|Correct|Rewrite|Read|Explain|Check] [this|this text|the text|my "
        "letter|the article|that book|the email|my essay][|.|, please]",
        "[Recommend|Suggest|Name] [me |][a book|a film|a good song|a game|a place to visit|a "
        "hotel|a name for my cat|a present for my mother|a hobby][|.|, please]",
        "[hjkl|xyzzy|foo "
        "bar|aaaa|lalala|brrr|zzz|dfgdfg|qwertz|jkjk|hahaha|lol|...|??|!!!|test123abc|bla bla|ugh]",
        "[Prove|Show] that [there are infinitely many primes|the root of 2 is irrational|God "
        "exists|the earth is round|pi is irrational|1 is not 2][|.]",
        "[Solve|Find x in|Find the roots of] [x^2 - 4 = 0|2x + 3 = 7|x^3 = x|x^2 + x - 6 = 0|sin x "
        "= 1|y' = y][|.]",
        "[What|How much] is the [sine|cosine|tangent|logarithm] of [30|45|2|10|100|60][| "
        "degrees][|?]",
        "[Is|Are] [God real|there aliens|vampires real|ghosts real|men from Mars|the earth "
        "flat|dragons real|we alone][|?]",
        "[How|What] [does a|is a] [car "
        "engine|computer|vaccine|bank|phone|microwave|fridge|lawyer|black hole|mortgage|contract] "
        "[work|do|cost|mean][|?]"),
    .test = ASK_LIST(
        "Who was the first person on the moon?", "Why do cats purr?", "What is consciousness?",
        "Which party should I vote for?", "Tell me about your childhood.", "How is glass made?",
        "Who discovered America?", "What is the boiling point of iron?", "How do bees make honey?",
        "Give me a riddle from your country.", "What are the lyrics of Yesterday?",
        "Why are leaves green?", "What is the population of the world?", "Fix my marriage.",
        "Tell me my future.", "How does the internet work?", "What is a metaphor?",
        "Which planet is the largest?", "Is it cold outside?", "Compose a tune.",
        "What is the atomic number of gold?", "Where is my phone?", "What is socialism?",
        "Name three famous painters."),
};

static const char *const plain[] = {
    "That is beyond me: I am a very small model. A bigger one can be loaded with aside -m "
    "FILE.gguf.",
    "That is beyond me. Load a bigger model for it: aside -m FILE.gguf, or /model.",
    "I am too small for this one, it is beyond me. A bigger model may know: aside -m FILE.gguf.",
    "This is beyond me. I only work out small problems; aside -m FILE.gguf loads a bigger model.",
    NULL};

static const char *const by_kind[] = {
    "{a} is beyond me. A bigger model can be loaded with aside -m FILE.gguf.",
    "{a} is beyond me: I am a very small model. Try a bigger one with aside -m FILE.gguf.", NULL};

static void make_beyond(struct rng *r, enum task_split split, struct task_problem *p) {
    const struct kind *k = &kinds[rng_below(r, N_OF(kinds))];
    const char *thing = ask_pick(r, split == TASK_TEST ? k->things.test : k->things.train);
    bool other = split == TASK_TEST ? rng_below(r, 6) == 0 : rng_below(r, 2) == 0;
    chat_prelude(r, split, p);
    chat_ask(r, split, p, other ? &others : &k->frames, ASK_ARGS(thing));
    if (other || rng_below(r, 3))
        ask_answer(p, r, plain, NULL);
    else
        ask_answer(p, r, by_kind, ASK_ARGS(k->what));
    str_add(&p->gold, "beyond me|beyond my|i cannot|i cant|cannot|i do not know|i dont know|"
                      "not able to|unable to|too small");
}

const struct task_family task_beyond = {"beyond", "beyond its skills", false,
                                        4.0,      make_beyond,         chat_check};
