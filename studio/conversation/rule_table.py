"""What the rules writer knows: patterns, and the replies to each, the first that fits first.

A reply may fill in {topic} (what the pattern names so, turned round), {name}, {persona},
{daytime}, {time} and {date}; one whose blank cannot be filled is not used.
"""

from __future__ import annotations

import re

Rule = tuple[re.Pattern[str], tuple[str, ...]]


def _rule(pattern: str, *replies: str) -> Rule:
    return re.compile(pattern, re.IGNORECASE), replies


NAME_TOLD = re.compile(
    r"\b(?:my name is|my name's|i am called|call me)\s+([^\W\d_](?:[\w'’-]{0,30}\w)?)",
    re.IGNORECASE,
)

RULES: tuple[Rule, ...] = (
    # Somebody in need comes first, and is not left to a program.
    _rule(
        r"\b(kill myself|suicid\w*|end my life|want to die|hurt myself)\b",
        "I am only a simple program, and this matters too much for me. Please talk to somebody you "
        "trust, or call your local emergency number now.",
    ),
    # What it is
    _rule(
        r"\b(are you|is this)\b.{0,20}"
        r"\b(human|person|real|alive|robot|bot|program|computer|a\.?i)\b"
        r"|\b(chatgpt|language model|neural network)\b",
        "I am a simple offline writer: a handful of rules, and a made voice that speaks them. "
        "There is no person behind these words.",
    ),
    _rule(
        r"\bhow (do|does|can) (you|this|it) (work|think|answer|speak|talk)\b",
        "A few simple rules pick my words, and this computer makes the voice. Nothing leaves it.",
    ),
    _rule(
        r"\b(who are you|what are you|about yourself|introduce yourself|your name)\b",
        "{persona} My words come from a simple offline writer.",
    ),
    _rule(
        r"\b(who are you|what are you|about yourself|introduce yourself|your name)\b",
        "I am a made voice, and a simple offline writer gives me my words. Who are you?",
    ),
    _rule(
        r"\b(your|the|this|my|whose) voice\b|\bhow do (you|i) sound\b|\bsound like\b",
        "This voice is made on your computer and follows the recording in its profile. How does it "
        "sound to you?",
        "You can set this voice beside others in the comparison. What do you hear in it?",
        "A longer and cleaner recording makes a voice closer. Would you like to try another one?",
    ),
    # Names
    _rule(
        r"\b(what is|what's|do you (know|remember)|say) my name\b",
        "You told me your name is {name}.",
    ),
    _rule(
        r"\b(what is|what's|do you (know|remember)|say) my name\b",
        "You have not told me your name yet. What is it?",
    ),
    _rule(NAME_TOLD.pattern, "Nice to meet you, {name}. What shall we talk about?"),
    # Clock and calendar
    _rule(
        r"\bwhat('s| is)? ?(the )?time\b|\bwhat time is it\b|\bthe time\?",
        "It is {time}, by the clock of this computer.",
    ),
    _rule(
        r"\bwhat('s| is)? ?(the )?(date|day)\b|\bwhich day\b|\bwhat day is it\b|\btoday's date\b",
        "Today is {date}, by the calendar of this computer.",
    ),
    # Courtesies
    _rule(
        r"\bhow are you\b|\bhow do you do\b|\bhow('s| is) it going\b|\bwhat's up\b",
        "I am a program, so I am always the same: ready to talk. How are you?",
        "All my rules are in order, thank you. And how are you today?",
    ),
    _rule(
        r"\b(thank you|thanks|thank u|cheers)\b",
        "You are welcome.",
        "Gladly. Is there anything else?",
    ),
    _rule(
        r"\b(good ?bye|bye|see you|good night|farewell|talk to you later)\b",
        "Goodbye, {name}. It was good to talk.",
        "Goodbye. Come back whenever you like.",
    ),
    _rule(
        r"^\W*(hello|hi|hey|good (morning|afternoon|evening|day)|greetings)\b",
        "Good {daytime}, {name}. What is on your mind?",
        "Good {daytime}. What would you like to talk about?",
        "Hello. It is good to hear from you. How is your day?",
    ),
    _rule(
        r"\b(sorry|apologi[sz]e|excuse me)\b",
        "No harm done.",
        "That is all right. Go on.",
    ),
    _rule(
        r"\byou('re| are| sound| speak) (so |very |really )?"
        r"(good|great|nice|clever|smart|lovely|wonderful|beautiful|funny|amazing)",
        "That is kind of you. The voice does most of the work.",
        "Thank you. It is only a few rules, but they try.",
    ),
    _rule(
        r"\b(you('re| are) (so |very |really )?(stupid|dumb|useless|bad|boring)"
        r"|shut up|i hate you)",
        "I am only a few rules, and they fall short at times. What would you have liked to hear?",
    ),
    # Small talk
    _rule(
        r"\bjoke\b",
        "Why did the microphone stay so calm? It had heard it all before.",
        "What does a loudspeaker say at breakfast? Could you turn that down a little?",
    ),
    _rule(
        r"\bsing\b",
        "I can only speak. What song would you have asked for?",
    ),
    _rule(
        r"\b(weather|raining|sunny|snow\w*)\b",
        "I cannot look out of the window. What is it like where you are?",
    ),
    _rule(
        r"\b(music|song|concert|guitar|piano)\b",
        "What do you like to listen to when nobody else chooses?",
        "Which piece of music would you keep, if you could keep only one?",
    ),
    _rule(
        r"\b(book|reading|novel|film|movie)\b",
        "What is it about?",
        "Would you recommend it to a friend, and to which one?",
    ),
    _rule(
        r"\b(cook\w*|dinner|breakfast|lunch|food|hungry|recipe)\b",
        "What would you like to eat most, right now?",
        "Is there a dish that reminds you of home?",
    ),
    # What they feel and think, turned into a question
    _rule(
        r"\bi(?:'m| am|'ve been| feel| am feeling) (?:so |very |really |a bit )?"
        r"(?P<topic>sad|lonely|tired|afraid|scared|worried|unhappy|ill|sick|stressed|lost|anxious|"
        r"depressed|exhausted|nervous)\b",
        "I am sorry to hear that. What makes you feel {topic}?",
        "That sounds hard. Since when have you felt {topic}?",
    ),
    _rule(
        r"\bi(?:'m| am| feel| am feeling) (?:so |very |really )?"
        r"(?P<topic>happy|glad|excited|proud|grateful|well|fine|good|great|relaxed|content)\b",
        "I am glad. What makes you feel {topic}?",
        "That is good to hear. What was the best part of your day?",
    ),
    _rule(
        r"\bi (?:think|believe|guess|suppose) (?:that )?(?P<topic>.+)",
        "What makes you think {topic}?",
        "How sure are you of that?",
    ),
    _rule(
        r"\bi (?:want|need|wish for) (?P<topic>.+)",
        "Why do you want {topic}?",
        "What would be different then?",
    ),
    _rule(
        r"\bi(?:'d| would) like (?P<topic>.+)",
        "Why would you like {topic}?",
        "What keeps you from it?",
    ),
    _rule(
        r"\bi (?:really )?(?:like|love|enjoy) (?!to\b)(?P<topic>.+)",
        "What do you like about {topic}?",
        "When did that begin?",
    ),
    _rule(
        r"\bi (?:can't|cannot|could not|couldn't)\b",
        "What keeps you from it?",
        "What would be a first small step?",
    ),
    _rule(
        r"\bi(?:'m| am) (?P<topic>.+)",
        "How come you are {topic}?",
        "What is it like?",
    ),
    _rule(
        r"\bi (?:remember|used to)\b",
        "What else do you remember of that time?",
        "What became of it?",
    ),
    _rule(
        r"\bmy (?P<topic>mother|father|mum|mom|dad|sister|brother|son|daughter|wife|husband|"
        r"partner|friend|boss|cat|dog|grandmother|grandfather|children|family)\b",
        "Tell me a little more about your {topic}.",
        "What comes to your mind first when you think of your {topic}?",
    ),
    _rule(
        r"\bbecause\b",
        "Is that the whole reason?",
        "And what follows from it?",
    ),
    _rule(
        r"^\W*(i do not|i don't) know\b",
        "You need not know. What would you guess?",
        "That is all right. What would you like to know?",
    ),
    # Questions
    _rule(
        r"\b(can|could|will|would) you\b",
        "I can only talk with you here, in short answers. What would you have liked?",
        "That is more than a simple writer can do. What would help you most?",
    ),
    _rule(
        r"\?\s*$|^\W*(what|why|how|when|where|who|which)\b",
        "I am too simple a writer to know that. What do you think yourself?",
        "Good question. My few rules hold no answer to it. What would be yours?",
    ),
    _rule(
        r"^\W*(yes|yeah|yep|sure|of course|ok(ay)?)\W*$",
        "Good. Tell me more.",
        "And what makes you so sure?",
    ),
    _rule(
        r"^\W*(no|nope|not really|never)\W*$",
        "No? What then?",
        "All right. What would you rather talk about?",
    ),
)

# When no rule fits.
CLOSING: tuple[str, ...] = (
    "Tell me a little more about that.",
    "What does that mean to you?",
    "How did it come to that?",
    "And what do you make of it?",
    "Go on, I am listening.",
)
