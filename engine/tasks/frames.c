/* frames: the common ways to ask for an amount, a deed or whether a claim is true, and the choices
 * that wordings of all families share. */
#include <string.h>

#include "engine/tasks/vary.h"

const char *const vary_amounts[] = {
    "[What is|What is|What's|whats] {x}?",
    "[What is|What's] {x}?",
    "{x}",
    "{x}?",
    "<find> {x}[|, please|<forme>].",
    "[Please|Kindly|Pls] <find> {x}.",
    "<canyou> [|please ]<find> {x}<forme>?",
    "<canyou> [tell me|say|explain|find out] what {x} is?",
    "I [need|want|would like|'d like|require] [|to know |to have |to find |you to find ]{x}.",
    "[Tell me|Say|Show me|Let me know|Let me see|Explain] what {x} is[|, please].",
    "[Tell me|Show me|Send me|Write down|Let me have|Answer with] {x}[|, please|<forme>].",
    "[Do you know|Do you happen to know|Any idea|Can somebody say] what {x} [is|might be]?",
    "I [wonder|want to know|would like to know|have to know|forgot|cannot see] what {x} is.",
    "<asker> asks [|me |us ]for {x}. [What is it?|Can you help?|What do I write?|Help!|]",
    "<label>: [|what is |find ]{x}[|?|.]",
    "What [would|might|could|will] {x} be?",
    "I am [looking for|after|interested in|trying to find|stuck with|unsure about] {x}.",
    "{x}: [what is it|can you find it|what would it be|do you know it|how do I get it]?",
    "What [do you|do I|does one] get for {x}?",
    "[Help me find|Help me with|I need help with|Let us find|Let's get|Now for] {x}[|.|, please.]",
    "How [would you|does one|can I|do I|should one] [find|get|work out] {x}?",
    "[Which number|Which value|Which result] is {x}?",
    "[My answer should be|I have to write down|The blank stands for] {x}. <what> is it?",
    NULL};

const char *const vary_deeds[] = {
    "{x}.",
    "{x}[|!|, please.|<forme>.| now.]",
    "[Please|Kindly|Pls] {x}<forme>.",
    "<canyou> [|please |kindly |quickly ]{x}<forme>?",
    "I [want|need|would like|'d like|ask|would ask] you to {x}.",
    "[Your task|The task|My homework|The exercise|The job|The challenge|What I want] is to {x}.",
    "<label>: {x}[|.]",
    "[Help me|Help me to|Let us|Let's|Now|Next,|Go ahead and|Try to|Just|First] {x}[|, please].",
    "How would [you|one] {x}?",
    "[Are you able|Would it be possible for you|Do you know how] to {x}?",
    "What [do you|do I|does one|will I] get if [you|I|we] {x}?",
    "If [I|you|we] {x}, what [do|would] [I|you|we] [get|have]?",
    "I [have|need|am supposed|was asked|was told|want|am trying] to {x}. <helpme>",
    "When you {x}, what is the result?",
    "<asker> wants me to {x}. <helpme>",
    "Show me how to {x}.",
    "I'd [be glad|be happy|appreciate it|be thankful] if you could {x}.",
    NULL};

const char *const vary_claims[] = {
    "[Is it true|Is it right|Is it correct|Is it the case|Does it hold] that {x}?",
    "[Check|Tell me|Say|Find out|Determine|Test|Verify|See|Show me|Let me know] <whether> {x}[|, "
    "please].",
    "<canyou> [|please ][check|tell me|say|find out|verify|see] <whether> {x}<forme>?",
    "I [wonder|want to know|would like to know|am not sure|doubt|need to find out] <whether> {x}.",
    "[Do you know|Any idea|Is it known|Can one say] <whether> {x}?",
    "{x}, [right|correct|true|is that right|yes or no|true or false|or not]?",
    "I [think|believe|guess|bet|would say|suspect] [that |]{x}. [Am I right?|Is that right?|Do you "
    "agree?|Correct?|True?]",
    "[True or false|Yes or no|Right or wrong|Agree or disagree]: {x}[|.|?]",
    "Statement: {x}. [Is it true?|True or false?|Right or wrong?]",
    "{x}?",
    "<asker> asks <whether> {x}. <helpme>",
    "<label>: {x}[?|, yes or no?|, true?]",
    NULL};

static const struct {
    const char *name, *choices;
} slots[] = {
    {"word", "{a}|{a}|{a}|\"{a}\"|'{a}'|the word {a}|the word \"{a}\"|the word '{a}'|“{a}”"},
    {"find", "find|compute|calculate|work out|give|give me|get|determine|name|state|tell me|show "
             "me|figure out"},
    {"canyou", "can you|could you|would you|will you|can u|are you able to"},
    {"forme", "|||| for me| for me, please|, please| please"},
    {"whether", "whether|if"},
    {"what", "what|which number"},
    {"helpme", "|Can you help?|Help!|Please help.|How does it go?|What do I write?|Can you do "
               "it?|I am stuck."},
    {"asker", "my homework|the exercise|my teacher|the question|a quiz|this puzzle|my book|our "
              "worksheet|my daughter|my son|my colleague|the form"},
    {"label", "question|task|exercise|problem|quiz|next|homework|Q|puzzle|number 3|a)"},
    {"largest", "largest|biggest|greatest|highest|maximum"},
    {"smallest", "smallest|lowest|least|minimum"},
    {"gives", "gives|makes|is|equals"},
    {"list", "{a}|{a}|the list {a}|these: {a}|the following: {a}|the numbers {a}"},
    {"show", "show|see|display|look at|view"},
    {"who", "Anna|Ben|Mia|Omar|my aunt|my uncle|a friend|my sister|my brother|a neighbour|Lena"},
};

const char *vary_slot(const char *name, size_t len) {
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++)
        if (strlen(slots[i].name) == len && memcmp(slots[i].name, name, len) == 0)
            return slots[i].choices;
    return NULL;
}
