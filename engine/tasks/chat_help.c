/* chat_help: how aside is used. Each thing that people want has a few names, which are set into
 * common ways to ask; the answers name the very key, command or flag. */
#include "engine/tasks/chat.h"
#include "engine/tasks/families.h"
#include "engine/tasks/vary.h"

#define N_OF(list) (sizeof(list) / sizeof *(list))

static const struct wordings frames = {
    .train = ASK_LIST(
        "How do I {a}?", "How can I {a}?", "how to {a}", "How to {a} in aside?",
        "What must I do to {a}?", "Is there a way to {a}?", "I want to {a}.", "Can I {a}?",
        "Please tell me how to {a}.", "What do I press to {a}?", "How would I {a}?",
        "Is it possible to {a}?", "I'd like to {a}.", "Could you tell me how to {a}?",
        "How does one {a}?", "{a}?", "{a} how", "What is the command to {a}?",
        "Which key or command lets me {a}?", "I need to {a}.", "How do you {a} in this program?",
        "help me {a}",
        "[|Hi, |Please, |So, ]how [do|can|could|would|should|may|must|does] [I|one|we|you] {a}[| "
        "here| in aside| in this chat| with aside| please][|?]",
        "[What|Which key|Which command|Which keys] [do|must|should|can] I "
        "[press|type|use|take|need] to {a}[|?]",
        "[Is there|Does aside have|Do you have|Is there some|Do you know] a "
        "[key|command|way|shortcut|flag|trick|setting|button|method] to {a}[|?]",
        "[Can|May|Could] [I|one|you|we] {a}[| here| in aside| somehow| with a key][|?]",
        "[Tell me|Show me|Explain|Explain to me|Say|Please tell me|Please explain] how [to|I "
        "can|one can|I could] {a}[|.|, please]",
        "I [want|would like|need|wish|try|am trying|'d like|have] to {a}[|.|. How?|. What do I "
        "do?|, how?|. Is that possible?]",
        "[Is it|Would it be] possible to {a}[| here| in aside][|?]",
        "[Where|How] [can|do] I [find|see] how to {a}[|?]", "How to {a}[|?| please| in aside]",
        "[What is|What's|Which is] the [key|command|shortcut|way|flag] to {a}[|?]",
        "[Help|Question|About aside|aside]: [how to |]{a}[|?]",
        "[I forgot|I don't know|I do not know|Remind me|I wonder] how to {a}[|.]",
        "[Let me|I must|I have to] {a}[|.| now.]"),
    .test = ASK_LIST("What's the trick when somebody would {a} here?",
                     "My question about aside: in what way do I {a}?",
                     "Explain the steps to {a}, please.", "A friend asks how she could {a}.",
                     "Teach me to {a}.", "I cannot find out how to {a}."),
};

struct help {
    struct wordings wants;
    const char *const *says;
    const char *gist;
};

static const struct help helps[] = {
    {{.ways = "help-0",
      .train = ASK_LIST(
          "load a bigger model", "use another model", "run a GGUF file", "load my own model",
          "use a better model", "start aside with another model", "load a larger model",
          "[load|use|run|open|start|try|get|install] [a bigger|a larger|another|a different|a "
          "better|a smarter|a stronger|my own|some other|a real] [model|LLM|language model|GGUF][| "
          "file|]",
          "[start|run|use] aside with [my|another|a bigger|a local] [model|GGUF|GGUF file]"),
      .test = ASK_LIST("work with a stronger model", "open a GGUF model")},
     ASK_LIST(
         "Start aside with a GGUF file: aside -m FILE.gguf. In the chat, /model NAME changes "
         "the model.",
         "Use aside -m FILE.gguf, or /model in the chat. Models in the ASIDE_MODELS folder can "
         "be named without a path."),
     "aside m file gguf"},
    {{.ways = "help-1",
      .train = ASK_LIST("switch the model", "change models", "change the model in the chat",
                        "switch models during a chat", "swap the model",
                        "[switch|change|swap|exchange] [the model|models|to another model|to a "
                        "different model][| in the chat| now| here]"),
      .test = ASK_LIST("replace the model without leaving", "exchange the model in use")},
     ASK_LIST("/model NAME switches the model in the chat; /model alone shows which there are.",
              "Type /model and the name of the model or a GGUF file."),
     "model"},
    {{.ways = "help-2",
      .train = ASK_LIST(
          "set the models folder", "tell aside where my models are", "choose the models folder",
          "put models where aside finds them", "store model files for aside",
          "[set|choose|change|name|tell aside] the [models folder|folder for models|model "
          "directory|folder of models]",
          "[put|store|keep|save] [my |the |]models [where aside finds them|in a folder]"),
      .test = ASK_LIST("make aside look for models in my directory",
                       "point aside to my collection of models")},
     ASK_LIST(
         "Set the variable ASIDE_MODELS to the folder; then aside -m NAME finds them, and aside "
         "models lists them.",
         "Put GGUF files into a folder and name it in ASIDE_MODELS."),
     "aside models"},
    {{.ways = "help-3",
      .train = ASK_LIST("list my models", "see which models I have", "list the available models",
                        "show all models",
                        "[list|see|show|view|find] [my|the|all|all the|which|available] models[| I "
                        "have| there are| installed]"),
      .test = ASK_LIST("get an overview of installed models", "find out the names of my models")},
     ASK_LIST("The command aside models lists them; in the chat it is /model.",
              "Run aside models, or type /model in the chat."),
     "aside models|model"},
    {{.ways = "help-4",
      .train = ASK_LIST("hide the thinking", "show the thoughts", "hide the thinking panel",
                        "see what you think", "fold the thinking panel", "collapse the thoughts",
                        "show the thinking panel", "see your thinking",
                        "[hide|show|see|fold|unfold|collapse|open|close|toggle|read] [the "
                        "thinking|the thoughts|your thoughts|the thinking panel|your thinking|the "
                        "thought panel|the reasoning|your reasoning]"),
      .test = ASK_LIST("make the thinking panel disappear", "bring back the panel of thoughts")},
     ASK_LIST("Ctrl-O cycles the thinking panel. /thinking show, collapse or hide does the same.",
              "Press Ctrl-O, or type /thinking show, /thinking collapse or /thinking hide."),
     "ctrl o"},
    {{.ways = "help-5",
      .train = ASK_LIST("turn thinking off", "stop you from thinking", "switch off reasoning",
                        "get answers without thinking", "disable thinking", "make you not think",
                        "[turn|switch] off [thinking|reasoning|the thinking|your thinking]",
                        "[turn|switch] [thinking|reasoning|the thinking] off",
                        "[disable|stop|avoid] [thinking|the thinking|your reasoning]",
                        "[get|have] [an answer|answers] without [thinking|thoughts|reasoning]",
                        "[make|let] you [not think|answer at once|answer directly]"),
      .test = ASK_LIST("have you answer at once without reasoning", "do without your thoughts")},
     ASK_LIST("Type /think off. /think on turns it on again.",
              "/think off makes me answer at once; /think on is the way back."),
     "think off"},
    {{.ways = "help-6",
      .train = ASK_LIST("turn thinking on", "make you think", "switch on reasoning",
                        "enable thinking", "turn thinking on again",
                        "[turn|switch] on [thinking|reasoning|the thinking|your thinking]",
                        "[turn|switch] [thinking|reasoning] [back |]on[| again]",
                        "[enable|start] [thinking|reasoning|the thinking]",
                        "[make|let] you think[| again]"),
      .test = ASK_LIST("get your reasoning back", "have you reason before answering")},
     ASK_LIST("Type /think on.", "/think on turns it on; /think off turns it off."),
     "think on"},
    {{.ways = "help-7",
      .train = ASK_LIST("limit the thinking", "make you think longer", "make you think less",
                        "set a thinking budget", "limit the number of thinking tokens",
                        "make you think more",
                        "[limit|shorten|restrict|set|change|control|cap] [the thinking|the "
                        "thoughts|how long you think|the thinking budget|the budget|the effort|the "
                        "thinking effort|thinking tokens|how much you think]",
                        "make you think [longer|more|less|shorter|harder]"),
      .test = ASK_LIST("give your reasoning a token budget", "control how much you reason")},
     ASK_LIST("/think low, medium or high says how much; /think and a number, as /think 200, sets "
              "a budget of tokens.",
              "Type /think low, /think medium, /think high, or /think N for N tokens."),
     "think low|think n"},
    {{.ways = "help-8",
      .train = ASK_LIST(
          "get the answer now", "make you stop thinking and answer", "skip the rest of a thought",
          "get an answer before the thought is over", "cut a thought short",
          "[get|have] the answer [now|at once|right away|immediately]",
          "[skip|end|stop|cut] the [thought|thinking|reasoning][| and get the answer]",
          "make you answer now"),
      .test = ASK_LIST("hurry you to the answer", "end a long thought early")},
     ASK_LIST("Alt-A means answer now: it ends the thought and the answer begins.",
              "Press Alt-A (answer now) while I think."),
     "alt a"},
    {{.ways = "help-9",
      .train = ASK_LIST("stop you", "interrupt an answer", "stop the answer",
                        "cancel the generation", "make you stop writing", "abort an answer",
                        "[stop|interrupt|abort|cancel|break off|halt] [you|the answer|an "
                        "answer|your answer|the reply|the generation|the output|generating]",
                        "make you [stop|shut up|be quiet]"),
      .test = ASK_LIST("halt the output", "break off while you write")},
     ASK_LIST("Ctrl-C stops the answer and keeps what is there.",
              "Press Ctrl-C while I write; what is written stays."),
     "ctrl c"},
    {{.ways = "help-10",
      .train = ASK_LIST(
          "quit", "exit aside", "leave aside", "close the program", "quit the chat", "get out",
          "end aside",
          "[quit|exit|leave|close|end|stop] [aside|the program|the chat|this|this program|the app]",
          "get out of [here|aside|this|the chat]", "[quit|exit|leave]"),
      .test = ASK_LIST("shut this program", "return to my shell")},
     ASK_LIST("Ctrl-D on an empty line quits; so does /quit.", "Type /quit, or press Ctrl-D on an "
                                                               "empty line."),
     "ctrl d|quit"},
    {{.ways = "help-11",
      .train = ASK_LIST(
          "write several lines", "start a new line", "insert a line break",
          "type a message with more lines", "enter a newline",
          "[write|type|enter|send] [several|many|two|more|multiple] lines",
          "[start|insert|make|add|get|type] [a new line|a line break|a newline|another line]",
          "[break|wrap] a line"),
      .test = ASK_LIST("put a paragraph break into my message", "compose text over many lines")},
     ASK_LIST("Alt-Enter or Ctrl-J starts a new line; Enter sends.",
              "Press Alt-Enter or Ctrl-J for a new line. Enter sends the message."),
     "alt enter|ctrl j"},
    {{.ways = "help-12",
      .train = ASK_LIST(
          "send a message", "submit my message", "send what I typed",
          "[send|submit] [a message|my message|the message|my question|it|what I typed|my text]"),
      .test = ASK_LIST("get my text over to you", "dispatch a message")},
     ASK_LIST("Enter sends. Alt-Enter or Ctrl-J is a new line.", "Press Enter."),
     "enter"},
    {{.ways = "help-13",
      .train = ASK_LIST(
          "scroll", "scroll back", "read earlier messages", "scroll up", "see older text",
          "page through the chat",
          "[scroll|page|go|move] [up|back|down|through the chat|to earlier messages]",
          "[see|read|view|reread] [earlier|older|previous|old] [messages|text|answers|parts]"),
      .test = ASK_LIST("move up in the text", "look at what was said before")},
     ASK_LIST("PgUp and PgDn scroll the focused pane.", "Use PgUp and PgDn."),
     "pgup"},
    {{.ways = "help-14",
      .train = ASK_LIST("use my editor", "write a message in my editor", "edit the input in vim",
                        "open an external editor", "type in emacs",
                        "[use|open|start|call] [my|an|an external|the] editor",
                        "[write|edit|type] [a message|my message|the question|the input|a long "
                        "text] in [my editor|vim|emacs|nano|an editor]"),
      .test = ASK_LIST("compose with $EDITOR", "have my text editor for a long message")},
     ASK_LIST("Ctrl-X Ctrl-E opens the line in $VISUAL or $EDITOR.",
              "Press Ctrl-X Ctrl-E: the message opens in $VISUAL or $EDITOR."),
     "ctrl x ctrl e"},
    {{.ways = "help-15",
      .train = ASK_LIST(
          "redraw the screen", "repair the screen", "fix a garbled screen", "refresh the screen",
          "[redraw|refresh|repair|fix|repaint|clean] the [screen|display|window|view]"),
      .test = ASK_LIST("clean up a broken display", "have everything painted again")},
     ASK_LIST("Ctrl-L draws the screen again.", "Press Ctrl-L."),
     "ctrl l"},
    {{.ways = "help-16",
      .train = ASK_LIST("complete a command", "complete a file name",
                        "get suggestions for commands", "use completion",
                        "[complete|finish|autocomplete] [a command|commands|a path|a file "
                        "name|what I type|names]",
                        "[use|get] [completion|suggestions|tab completion|autocomplete]"),
      .test = ASK_LIST("avoid typing long paths", "have command names filled in")},
     ASK_LIST("Tab completes commands and paths.", "Press Tab: it completes commands and paths."),
     "tab"},
    {{.ways = "help-17",
      .train = ASK_LIST("see all commands", "get help", "list the commands", "open the help",
                        "see all keys", "find the keys", "learn the keys",
                        "[see|list|show|find|learn|get|view] [all |the |all the "
                        "|][commands|keys|shortcuts|help|key bindings|hotkeys|options]",
                        "open the [help|manual|list of keys]"),
      .test = ASK_LIST("get an overview of keys and commands", "read the built-in help")},
     ASK_LIST("/help lists keys and commands; F1 opens the same.", "Type /help or press F1."),
     "help|f1"},
    {{.ways = "help-18",
      .train = ASK_LIST("start a new chat", "begin a new conversation", "start over",
                        "open a fresh chat",
                        "[start|begin|open|make] [a new|another|a fresh|a second] "
                        "[chat|conversation|session|talk]",
                        "[start over|begin again|start afresh|start from the beginning]"),
      .test = ASK_LIST("have an empty conversation", "leave this topic and begin anew")},
     ASK_LIST("/new starts a new conversation.", "Type /new."),
     "new"},
    {{.ways = "help-19",
      .train = ASK_LIST("see old chats", "list my conversations", "find saved chats",
                        "list saved chats", "see the history",
                        "[see|list|show|find|view] [my |the |all "
                        "|][old|saved|earlier|past|previous] [chats|conversations|sessions]",
                        "[see|open|show] [the|my] history"),
      .test =
          ASK_LIST("look at conversations of past days", "get the list of what I talked about")},
     ASK_LIST("/list shows the saved conversations; outside the chat it is aside history list.",
              "Type /list, or run aside history list."),
     "list"},
    {{.ways = "help-20",
      .train =
          ASK_LIST("continue an old chat", "resume a conversation", "go on with the last chat",
                   "open a saved conversation", "continue where I stopped",
                   "[continue|resume|reopen|go on with|go back to] [an old|the last|a saved|an "
                   "earlier|my last|a previous|yesterday's] [chat|conversation|session]"),
      .test = ASK_LIST("pick up yesterday's conversation", "return to an earlier chat")},
     ASK_LIST("/resume goes on with a saved conversation; aside chat --resume takes the newest.",
              "Type /resume and choose, or start aside chat --resume."),
     "resume"},
    {{.ways = "help-21",
      .train = ASK_LIST("search my chats", "search the history", "find a word in old chats",
                        "look for something in my conversations",
                        "[search|look through|search in] [my |the |all |old "
                        "|][chats|conversations|history|messages]",
                        "find [a word|a text|something|an answer] in [old chats|my "
                        "conversations|the history|my chats]"),
      .test =
          ASK_LIST("locate a phrase among past conversations", "find where we spoke of something")},
     ASK_LIST("/search WORDS searches all conversations, thoughts too.",
              "Type /search and the words, or run aside history search WORDS."),
     "search"},
    {{.ways = "help-22",
      .train =
          ASK_LIST("replay a conversation", "watch a chat again", "replay the chat token by token",
                   "play a chat back", "see an old chat as it was written",
                   "[replay|play back|rewatch|play|watch] [a conversation|a chat|the chat|an old "
                   "chat|the conversation][| again| once more| token by token]"),
      .test = ASK_LIST("watch an earlier conversation unfold again",
                       "have a saved chat performed once more")},
     ASK_LIST("/replay plays the conversation with its real timing; aside replay ID does it from "
              "the shell.",
              "Type /replay, or run aside replay ID."),
     "replay"},
    {{.ways = "help-23",
      .train =
          ASK_LIST("export the chat", "save the chat to a file", "write the conversation to a file",
                   "export to Markdown", "get the chat as Markdown",
                   "[export|save|write|dump] [the chat|the conversation|this chat|our chat][| to a "
                   "file| as Markdown| as JSON| as text| to disk]",
                   "get the [chat|conversation] as [a file|Markdown|JSON|plain text]"),
      .test = ASK_LIST("have our talk as a file", "take this conversation out of the program")},
     ASK_LIST("/export FILE writes the conversation, as Markdown, JSON or plain text.",
              "Type /export and a file name."),
     "export"},
    {{.ways = "help-24",
      .train = ASK_LIST("regenerate an answer", "get another answer", "try the answer again",
                        "repeat the last answer", "make you answer again",
                        "[regenerate|redo|repeat|retry] [an answer|the answer|the last answer|your "
                        "answer|that answer|the reply]",
                        "[get|have] [another|a new|a different|a better] [answer|reply]",
                        "make you [answer again|try again]"),
      .test = ASK_LIST("have the reply written anew", "ask for a different reply")},
     ASK_LIST("/regen answers the last message again.", "Type /regen."),
     "regen"},
    {{.ways = "help-25",
      .train = ASK_LIST("edit my last message", "correct my message", "change what I asked",
                        "change my last question",
                        "[edit|change|correct|fix|rewrite|modify] [my last message|my message|my "
                        "question|the last message|what I wrote|what I asked]"),
      .test = ASK_LIST("repair a typo in what I sent", "reword the question I just asked")},
     ASK_LIST("/edit opens your last message again for a change.",
              "Type /edit, change it and press "
              "Enter."),
     "edit"},
    {{.ways = "help-26",
      .train = ASK_LIST("undo the last message", "take back a message", "remove the last exchange",
                        "undo a turn",
                        "[undo|take back|remove|delete|drop] [the last message|a message|the last "
                        "exchange|the last turn|my last message|the last question]"),
      .test = ASK_LIST("make the latest exchange unhappen", "drop what was said last")},
     ASK_LIST("/undo removes the last exchange.", "Type /undo."),
     "undo"},
    {{.ways = "help-27",
      .train = ASK_LIST("branch a conversation", "fork the chat", "try two ways to go on",
                        "copy the conversation and go on differently",
                        "[branch|fork|copy|duplicate|split] [a conversation|the conversation|the "
                        "chat|this chat]"),
      .test = ASK_LIST("split off a second line of talk",
                       "explore an alternative without losing this chat")},
     ASK_LIST("/fork makes a copy of the conversation to go on with.", "Type /fork: the old "
                                                                       "conversation stays."),
     "fork"},
    {{.ways = "help-28",
      .train =
          ASK_LIST("copy the answer", "copy your answer to the clipboard", "copy the last answer",
                   "[copy|put] [the answer|your answer|the last answer|the reply|a reply|the "
                   "text][| to the clipboard| on the clipboard]"),
      .test = ASK_LIST("get the reply into my clipboard", "paste your answer elsewhere")},
     ASK_LIST("/copy puts the last answer on the clipboard.", "Type /copy."),
     "copy"},
    {{.ways = "help-29",
      .train = ASK_LIST("read a file", "show you a file", "give you a text file", "insert a file",
                        "[read|insert|include|load|attach|paste|give you|show you|add] [a file|a "
                        "text file|a document|my file|a text|the contents of a file]"),
      .test = ASK_LIST("feed a document to you", "hand over a file's content")},
     ASK_LIST("/read FILE puts a file into your message.", "Type /read and the path of the file."),
     "read"},
    {{.ways = "help-30",
      .train =
          ASK_LIST("see the statistics", "see the speed", "see tokens per second", "show the stats",
                   "[see|show|get|view|know] [the statistics|the speed|tokens per second|the "
                   "stats|your speed|timings|how fast you are|the token counts]"),
      .test = ASK_LIST("know how fast you write", "look at token counts and timing")},
     ASK_LIST("/stats shows tokens, times and speed.", "Type /stats."),
     "stats"},
    {{.ways = "help-31",
      .train =
          ASK_LIST("see how full the context is", "check the context", "see what is in the context",
                   "[see|check|show|know|find out] [how full the context is|the context|how much "
                   "context is left|what is in the context|the context usage]"),
      .test =
          ASK_LIST("know how much room the conversation has left", "inspect the context window")},
     ASK_LIST("/context shows what fills the context and how much is left.", "Type /context."),
     "context"},
    {{.ways = "help-32",
      .train =
          ASK_LIST("make the context larger", "set the context size", "change the context length",
                   "[make the context|set the context] [larger|bigger|longer|smaller|size|length]",
                   "[change|set|increase|enlarge|extend] the [context|context size|context "
                   "length|memory of the chat]"),
      .test = ASK_LIST("give the model a longer memory", "enlarge the context window")},
     ASK_LIST("Start aside with -c N, for example aside -c 8192.",
              "Use the flag -c N (or --ctx-size N) when you start aside."),
     "c n|ctx size"},
    {{.ways = "help-33",
      .train = ASK_LIST("set the system prompt", "give you a role", "change the system prompt",
                        "[set|change|write|edit|give you|use] [a|the|another|my own] [system "
                        "prompt|system message|system text|role]",
                        "[give|tell] you [instructions|a role|how to behave]"),
      .test = ASK_LIST("put standing instructions in place", "tell the model how to behave")},
     ASK_LIST("/system TEXT sets it; -sys TEXT does so at the start.",
              "Type /system and the text."),
     "system"},
    {{.ways = "help-34",
      .train = ASK_LIST(
          "change the temperature", "set the temperature", "make answers less random",
          "change a setting", "change the settings", "get the same answer every time",
          "[change|set|lower|raise|adjust] [the temperature|a setting|the settings|the "
          "sampling|the randomness|temp]",
          "make [answers|you|the answers] [less random|more random|deterministic|always the same]"),
      .test = ASK_LIST("adjust the sampling", "make you deterministic")},
     ASK_LIST("/set temp T changes it; --temp T does so at the start. 0 is the most likely token "
              "always.",
              "Type /set temp 0, or start with --temp 0, for the most likely answer."),
     "temp"},
    {{.ways = "help-35",
      .train = ASK_LIST("change the number of threads", "use more cores", "use fewer threads",
                        "set the number of threads",
                        "[change|set|limit|raise|lower] the number of [threads|cores|processors]",
                        "use [more|fewer|all|two|four] [threads|cores|processors]"),
      .test = ASK_LIST("let you compute on more processors", "leave some cores free")},
     ASK_LIST("Start aside with -t N for N threads.", "Use the flag -t N (or --threads N)."),
     "t n"},
    {{.ways = "help-36",
      .train = ASK_LIST("ask one question from the shell", "use aside in a script",
                        "use aside in a pipe", "get only the answer",
                        "[ask|use|call|run] [aside|one question|you|a single question] [from the "
                        "shell|in a script|in a pipe|on the command line|from a program]",
                        "get [only|just] the answer[| on stdout]"),
      .test = ASK_LIST("call aside without the chat window", "automate a single question")},
     ASK_LIST("aside ask \"QUESTION\" prints the answer on stdout and the thought on stderr.",
              "Run aside ask and your question; a pipe works too."),
     "aside ask"},
};

/* Keys, commands and flags by name: "What does Ctrl-O do?" */
static const struct wordings name_asks = {
    .ways = "help-name",
    .train = ASK_LIST(
        "What does {a} do?", "What is {a}?", "what is {a} for", "{a}?", "What is {a} good for?",
        "Explain {a}.", "what does {a} mean", "Tell me what {a} does.", "What happens with {a}?",
        "And {a}?", "Can you explain {a}?", "When do I use {a}?", "I pressed {a}, what is it?",
        "What do I need {a} for?", "Describe {a}.", "What's {a}?", "how does {a} work",
        "Please explain what {a} does.", "{a} does what?", "What will {a} do?",
        "[|And |So |Hi, ][what|what exactly] [does|will|would] {a} [do|mean|change|show|give][| "
        "here| in aside][|?]",
        "[What is|What's|Whats] {a}[| for| good for| used for| about][|?]",
        "[Explain|Describe|Tell me about|Show me|Define] {a}[|.|, please| to me]",
        "[Tell me|Say|I want to know|I wonder|Do you know|Please say] what {a} [does|is|is "
        "for|means][|.|?]",
        "[When|Why|Where|How] [do|should|would|can] I use {a}[|?]",
        "[Help|Question|Key|Command|About]: {a}[|?]",
        "[What happens|What comes|What do I get] [if|when] I [press|use|type|enter] {a}[|?]"),
    .test = ASK_LIST("What is the purpose of {a}?", "Which effect has {a}?",
                     "What can I achieve with {a} here?", "In aside there is {a}. What about it?",
                     "Do you know the meaning of {a}?"),
};

static const struct {
    const char *name, *does; /* "{a} …" */
} names[] = {
    {"Ctrl-O", "cycles the thinking panel"},
    {"Ctrl-C", "stops the answer and keeps what is there"},
    {"Ctrl-D", "quits when the line is empty"},
    {"Ctrl-L", "draws the screen again"},
    {"Ctrl-J", "starts a new line in the message"},
    {"Alt-Enter", "starts a new line in the message"},
    {"Enter", "sends the message"},
    {"Tab", "completes commands and paths"},
    {"PgUp", "scrolls the focused pane up"},
    {"PgDn", "scrolls the focused pane down"},
    {"F1", "opens the help"},
    {"Alt-A", "means answer now: it ends the thought"},
    {"Ctrl-X Ctrl-E", "opens the message in your editor"},
    {"/help", "lists keys and commands"},
    {"/new", "starts a new conversation"},
    {"/clear", "clears the conversation"},
    {"/model", "shows the models or switches to one"},
    {"/system", "sets the system prompt"},
    {"/set", "changes a setting, as /set temp 0"},
    {"/save", "saves the conversation"},
    {"/list", "shows the saved conversations"},
    {"/resume", "goes on with a saved conversation"},
    {"/regen", "answers the last message again"},
    {"/edit", "opens your last message for a change"},
    {"/undo", "removes the last exchange"},
    {"/fork", "copies the conversation to go on differently"},
    {"/search", "searches all conversations"},
    {"/replay", "plays the conversation with its real timing"},
    {"/stats", "shows tokens, times and speed"},
    {"/context", "shows what fills the context"},
    {"/copy", "puts the last answer on the clipboard"},
    {"/export", "writes the conversation to a file"},
    {"/read", "puts a file into your message"},
    {"/quit", "leaves aside"},
    {"/think", "says whether and how much I think: on, off, low, medium, high or a number"},
    {"/thinking", "says what is shown of thoughts: show, collapse or hide"},
    {"aside -m", "starts with the named model, as aside -m FILE.gguf"},
    {"aside -c", "sets the size of the context in tokens"},
    {"aside -t", "sets the number of threads"},
    {"--temp", "sets the sampling temperature"},
    {"--top-k", "samples among the K most likely tokens"},
    {"--top-p", "samples among the most likely tokens of probability P"},
    {"--seed", "sets the seed of the sampling"},
    {"aside ask", "answers one prompt: the answer on stdout, the thought on stderr"},
    {"aside replay", "plays a saved conversation with its real timing"},
    {"aside history", "looks into the saved conversations"},
    {"aside models", "lists the models"},
    {"aside info", "tells what a model file is and the memory it needs"},
    {"aside eval", "measures accuracy on problems that a program can check"},
    {"aside bench", "measures the speed on this machine"},
    {"ASIDE_MODELS", "names the folder where models are looked for"},
};

static void make_name(struct rng *r, enum task_split split, struct task_problem *p) {
    size_t i = rng_below(r, N_OF(names));
    chat_prelude(r, split, p);
    chat_ask(r, split, p, &name_asks, ASK_ARGS(names[i].name));
    ask_answer(p, r, ASK_LIST("{a} {b}."), ASK_ARGS(names[i].name, names[i].does));
    str_add(&p->gold, names[i].does);
}

static void make_help(struct rng *r, enum task_split split, struct task_problem *p) {
    if (rng_below(r, 3) == 0) {
        make_name(r, split, p);
        return;
    }
    const struct help *h = &helps[rng_below(r, N_OF(helps))];
    struct str want = STR_INIT;
    if (split == TASK_TEST)
        str_add(&want, ask_pick(r, h->wants.test));
    else
        vary_expand(r, ask_pick(r, h->wants.train), &want);
    chat_prelude(r, split, p);
    if (split != TASK_TEST && rng_below(r, 2))
        chat_ask(r, split, p, &(struct wordings){.ways = h->wants.ways}, NULL);
    else
        chat_ask(r, split, p, &frames, ASK_ARGS(str_cstr(&want)));
    p->asked = &frames;
    ask_answer(p, r, h->says, NULL);
    str_free(&want);
    str_add(&p->gold, h->gist);
}

const struct task_family task_help_aside = {"help-aside", "how to use aside", false,
                                            7.0,          make_help,          chat_check};
