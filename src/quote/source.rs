//! Who a noun phrase names: a person, a pronoun, a group, an institution, a document.

use std::ops::Range;

use super::names::NameSpan;
use super::tokens::{
    AUXILIARIES, BE_FORMS, CLAUSE_OPENERS, DETERMINERS, PREPOSITIONS, Token, is_adverb,
};
use crate::lexicon;

/// What a source phrase refers to, as far as the phrase itself tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// Named persons; several are joint speakers.
    Persons(Vec<String>),
    Pronoun(Pronoun),
    /// "the then-Russian president": a person named elsewhere.
    Definite,
    /// "one analyst".
    Generic,
    /// People with a position: "Russian experts", "many in Moscow", "the Russian view".
    Group,
    /// A body or a state: "the Foreign Ministry", "Beijing", "both sides", "the Chinese".
    Institution,
    /// "the statement" where definite, "a RAND study" where not.
    Document {
        definite: bool,
    },
    /// "It has been argued": nobody is named.
    Nobody,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pronoun {
    He,
    She,
    They,
    It,
}

/// A source phrase and what it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub tokens: Range<usize>,
    pub holder: Holder,
}

const QUANTIFIERS: [&str; 22] = [
    "many", "some", "others", "most", "several", "few", "both", "numerous", "certain", "various",
    "critics", "all", "other", "more", "two", "three", "four", "half", "none", "either", "neither",
    "those",
];

/// A sentence's tokens with the persons named in them.
pub struct Words<'a> {
    pub tokens: &'a [Token],
    pub names: &'a [NameSpan],
}

impl Words<'_> {
    fn name_at(&self, at: usize) -> Option<&NameSpan> {
        self.names.iter().find(|n| n.with_titles.contains(&at))
    }

    /// Classifies the phrase `range`; `None` where it is no source at all.
    pub fn classify(&self, range: Range<usize>) -> Option<Source> {
        let range = self.trim(range);
        if range.is_empty() {
            return None;
        }
        let holder = self.holder(range.clone())?;
        Some(Source {
            tokens: range,
            holder,
        })
    }

    fn trim(&self, mut range: Range<usize>) -> Range<usize> {
        let edge = |t: &Token| {
            !t.is_word() && !t.is_open_mark() && !matches!(t.text.as_str(), "”" | ")" | "]")
        };
        while !range.is_empty() && edge(&self.tokens[range.start]) {
            range.start += 1;
        }
        while !range.is_empty() && edge(&self.tokens[range.end - 1]) {
            range.end -= 1;
        }
        range
    }

    fn holder(&self, range: Range<usize>) -> Option<Holder> {
        let tokens = &self.tokens[range.clone()];
        let alone = tokens[1..].iter().all(|t| {
            t.is(&["himself", "herself", "themselves", "all", "both"]) || is_adverb(&t.lower)
        });
        if tokens.len() == 1 && tokens[0].lower == "both" {
            return Some(Holder::Pronoun(Pronoun::They));
        }
        if let Some(pronoun) = pronoun(&tokens[0])
            && alone
        {
            return Some(Holder::Pronoun(pronoun));
        }
        let persons = self.persons(&range);
        if !persons.is_empty() {
            return Some(Holder::Persons(persons));
        }
        head_holder(tokens)
    }

    /// The persons whom the phrase is about: named at its beginning or at its end, not in an
    /// of-phrase or a possessive.
    fn persons(&self, range: &Range<usize>) -> Vec<String> {
        let inside: Vec<&NameSpan> = self
            .names
            .iter()
            .filter(|n| range.start <= n.tokens.start && n.tokens.end <= range.end)
            .collect();
        let mut persons: Vec<String> = Vec::new();
        let mut previous_end: Option<usize> = None;
        for name in inside {
            // A phrase may begin between a title and its name.
            let first = name.with_titles.start.max(range.start);
            let last = name.tokens.end - 1;
            if self.tokens[last].is_possessive() && name.tokens.end < range.end {
                continue;
            }
            if self.modifies(name.tokens.end..range.end) {
                continue;
            }
            let between = previous_end.and_then(|end| self.tokens.get(end..first));
            let joined = between.is_some_and(|between| {
                let joins = |t: &Token| {
                    t.is(&["and", ",", "&", "then", "the"]) || lexicon::is_demonym(&t.text)
                };
                !between.is_empty() && between.iter().all(joins)
            });
            let before = range.start..first;
            let leads = self.leads(before.clone());
            let closes = name.tokens.end == range.end
                || self.tokens[name.tokens.end]
                    .is(&[",", "—", "(", "–", "and", "of", "at", "from", "who"]);
            let governed = first > range.start
                && PREPOSITIONS.contains(&self.tokens[first - 1].lower.as_str());
            // "the statesman, X of Y": only the first name of a phrase is its head.
            if (persons.is_empty() && !governed && (leads || (closes && self.role_before(before))))
                || (joined && !persons.is_empty())
            {
                persons.push(name.name.clone());
                previous_end = Some(name.tokens.end);
            } else if previous_end.is_none() && leads {
                continue;
            }
        }
        persons
    }

    /// "the Lindqvist campaign", "Lindqvist campaign spokesman X": behind the name stands, in small letters, the
    /// office or body that it belongs to.
    fn modifies(&self, behind: Range<usize>) -> bool {
        let calling =
            |t: &Token| lexicon::role(t.stem()).is_some() || lexicon::is_organisation(t.stem());
        let small = |t: &&Token| t.is_word() && !t.is_capital() && !t.is_number();
        let words = self.tokens[behind].iter().take(2).take_while(small);
        words.clone().next().is_some_and(|t| !is_adverb(&t.lower)) && words.clone().any(calling)
    }

    /// Only titles, nationality, articles and "then", "former", "retired" stand before the name.
    fn leads(&self, before: Range<usize>) -> bool {
        self.tokens[before].iter().all(|t| {
            lexicon::is_demonym(&t.text)
                || lexicon::title(&t.text).is_some()
                || lexicon::role(&t.text).is_some()
                || DETERMINERS.contains(&t.lower.as_str())
                || t.is(&[
                    "then",
                    "former",
                    "late",
                    "retired",
                    "ex",
                    "both",
                    "deputy",
                    "presidents",
                    "messrs",
                    "the",
                    "-",
                    ".",
                    "young",
                    "old",
                    "veteran",
                    "prominent",
                    "noted",
                    "leading",
                    "senior",
                    "fellow",
                ])
                || t.lower.ends_with("-based")
                || t.lower.starts_with("then-")
        })
    }

    /// "expert on China X": a role stands before the name.
    fn role_before(&self, before: Range<usize>) -> bool {
        self.tokens[before].iter().any(|t| {
            lexicon::role(t.stem()).is_some()
                || lexicon::title(t.stem()).is_some()
                || lexicon::is_organisation(t.stem())
        })
    }

    /// The subject of the verb group that begins at `verb`.
    pub fn subject(&self, verb: usize) -> Option<Source> {
        let mut end = verb;
        while end > 0 {
            let t = &self.tokens[end - 1];
            let passes = AUXILIARIES.contains(&t.lower.as_str())
                || (is_adverb(&t.lower) && self.name_at(end - 1).is_none())
                || (t.lower == "to" && end == verb);
            if !passes {
                break;
            }
            end -= 1;
        }
        // "went on to claim": the whole chain belongs to the verb.
        if end > 0 && self.tokens[end..verb].iter().any(|t| t.lower == "to") {
            while end > 0
                && (self.tokens[end - 1].is(&super::cues::CHAIN)
                    || self.tokens[end - 1].is(&["was", "is", "at", "been"]))
            {
                end -= 1;
            }
        }
        if end == 0 {
            return None;
        }
        let start = self.clause_start(end);
        if start >= end
            || self.tokens[start..end]
                .iter()
                .all(|t| t.is(&["and", "but", "or", "also", ","]) || is_adverb(&t.lower))
        {
            // A verb behind "and" or a comma shares the subject of the verb before it.
            return self.shared_subject(end);
        }
        self.phrase_before(start, end)
    }

    /// Where the clause that ends at `end` begins.
    fn clause_start(&self, end: usize) -> usize {
        let mut depth = 0usize;
        let mut at = end;
        while at > 0 {
            let t = &self.tokens[at - 1];
            // Speech in quotation marks before the clause is no part of it.
            if t.quoted
                || (at >= 2
                    && self.tokens[at - 2].quoted
                    && matches!(t.text.as_str(), "”" | "\"" | "»"))
            {
                break;
            }
            match t.text.as_str() {
                ")" | "]" => depth += 1,
                "(" | "[" => depth = depth.saturating_sub(1),
                ";" | ":" => break,
                "—" => {
                    // A pair of dashes holds an aside; a single one ends the clause.
                    match self.tokens[..at - 1].iter().rposition(|t| t.text == "—") {
                        Some(open) if at - 1 - open < 30 => {
                            at = open;
                            continue;
                        }
                        _ => break,
                    }
                }
                _ if depth == 0 && self.opens_clause(at - 1, end) => break,
                _ => {}
            }
            at -= 1;
        }
        at
    }

    fn opens_clause(&self, at: usize, end: usize) -> bool {
        let t = &self.tokens[at];
        if t.is_capital() && at > 0 || !CLAUSE_OPENERS.contains(&t.lower.as_str()) {
            return false;
        }
        // A comma behind it closes the subordinate clause again: "X, who served as Y, said".
        let closed = self.tokens[at + 1..end].iter().any(|t| t.text == ",");
        if closed
            && !matches!(
                t.lower.as_str(),
                "and"
                    | "or"
                    | "but"
                    | "yet"
                    | "nor"
                    | "that"
                    | "while"
                    | "whereas"
                    | "although"
                    | "though"
                    | "because"
            )
        {
            return false;
        }
        match t.lower.as_str() {
            // "those that doubt", "a man who": a relative clause belongs to its noun.
            "that" | "where" | "what" | "how" | "why" | "whether" => at + 1 < end,
            "and" | "or" | "but" | "yet" | "nor" => {
                // Joined nouns are one phrase; joined clauses are not.
                at + 1 >= end
                    || self.tokens[..at]
                        .iter()
                        .rev()
                        .take_while(|t| !matches!(t.text.as_str(), ";" | ":" | "—"))
                        .take(25)
                        .any(|t| {
                            AUXILIARIES.contains(&t.lower.as_str())
                                || (!t.is_capital()
                                    && lexicon::cue_verb(&t.text).is_some_and(|v| v.finite())
                                    && lexicon::cue_noun(&t.text).is_none())
                                || (t.lower.len() > 4 && t.lower.ends_with("ed") && !t.is_capital())
                        })
            }
            "for" | "then" | "so" | "than" | "once" | "until" => false,
            _ => true,
        }
    }

    fn shared_subject(&self, end: usize) -> Option<Source> {
        let mut start = end - 1;
        while start > 0
            && (self.tokens[start - 1].quoted
                || !matches!(self.tokens[start - 1].text.as_str(), ";" | ":"))
        {
            start -= 1;
        }
        self.first_subject(start..end)
    }

    /// The subject of the first clause in `range`: behind an opening adverbial, before the first verb.
    pub fn first_subject(&self, range: Range<usize>) -> Option<Source> {
        let mut start = range.start;
        while start < range.end && CLAUSE_OPENERS.contains(&self.tokens[start].lower.as_str()) {
            start += 1;
        }
        let first = self.tokens.get(start)?;
        if PREPOSITIONS.contains(&first.lower.as_str())
            || is_adverb(&first.lower)
            || first.lower.ends_with("ing")
        {
            let comma = self.tokens[start..range.end]
                .iter()
                .position(|t| t.text == ",")?;
            start += comma + 1;
        }
        let verb = (start..range.end).find(|&i| {
            let t = &self.tokens[i];
            i > start
                && (AUXILIARIES.contains(&t.lower.as_str())
                    || (!t.is_capital()
                        && self.name_at(i).is_none()
                        && (lexicon::cue_verb(&t.text).is_some_and(|v| v.finite())
                            || (t.lower.len() > 4 && t.lower.ends_with("ed")))))
        });
        if let Some(source) = verb.and_then(|verb| self.phrase_before(start, verb)) {
            return Some(source);
        }
        // A verb that is in no list: the phrase ends before the first preposition or comma, and is
        // cut until it names somebody.
        let stop = (start + 1..range.end)
            .find(|&i| {
                let t = &self.tokens[i];
                (PREPOSITIONS.contains(&t.lower.as_str()) && t.lower != "of")
                    || !t.is_word()
                    || AUXILIARIES.contains(&t.lower.as_str())
                    || CLAUSE_OPENERS.contains(&t.lower.as_str())
            })
            .unwrap_or(range.end);
        let whole = self
            .names
            .iter()
            .find(|n| n.with_titles.start == start && n.tokens.end <= stop);
        if let Some(name) = whole {
            return self.classify(start..name.tokens.end);
        }
        (start + 1..=stop)
            .rev()
            .take(6)
            .find_map(|end| self.classify(start..end))
    }

    /// The source phrase that ends a stretch, appositions and parentheses between commas included.
    fn phrase_before(&self, start: usize, end: usize) -> Option<Source> {
        let mut commas: Vec<usize> = Vec::new();
        let mut depth = 0usize;
        let mut quotes = 0usize;
        for i in start..end {
            match self.tokens[i].text.as_str() {
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                "“" => quotes += 1,
                "”" => quotes = quotes.saturating_sub(1),
                "," if depth == 0 && quotes == 0 => commas.push(i),
                _ => {}
            }
        }
        let mut bounds = vec![start];
        for comma in commas {
            bounds.push(comma + 1);
        }
        let segment = |k: usize| {
            let to = bounds.get(k + 1).map_or(end, |b| b - 1);
            bounds[k]..to
        };
        let mut k = bounds.len();
        while k > 0 {
            k -= 1;
            let range = self.trim(segment(k));
            if range.is_empty() {
                continue;
            }
            if self.is_aside(&range) {
                // "…the ministry, which insists": the noun before the comma.
                let relative = k + 1 == bounds.len()
                    && range.len() <= 2
                    && self.tokens[range.start].is(&["who", "which"]);
                if relative && k > 0 {
                    let named = self.trim(segment(k - 1));
                    return self.tail(named.clone()).or_else(|| self.suffix(named));
                }
                continue;
            }
            // "X, the director of Y, argued": an apposition leads back to the name.
            if k > 0
                && self.is_apposition(&range)
                && self
                    .holder(range.clone())
                    .is_none_or(|h| !matches!(h, Holder::Persons(_)))
            {
                for earlier in (0..k).rev() {
                    let named = self.trim(segment(earlier));
                    if named.is_empty() {
                        continue;
                    }
                    let leads_back = |s: &Source| match s.holder {
                        Holder::Persons(_) => s.tokens.end == named.end,
                        Holder::Group | Holder::Institution => earlier + 1 == k,
                        _ => false,
                    };
                    if let Some(source) = self
                        .tail(named.clone())
                        .or_else(|| self.suffix(named.clone()))
                        .filter(leads_back)
                    {
                        return Some(Source {
                            tokens: source.tokens.start..range.end,
                            holder: source.holder,
                        });
                    }
                    if !self.is_apposition(&named) && !self.is_aside(&named) {
                        break;
                    }
                }
            }
            let source = self.tail(range)?;
            return Some(source);
        }
        None
    }

    /// An adverb, a prepositional phrase or a relative clause between commas.
    fn is_aside(&self, range: &Range<usize>) -> bool {
        let first = &self.tokens[range.start];
        let relative = first.is(&[
            "who", "whose", "whom", "which", "where", "himself", "herself",
        ]);
        let adverbs = self.tokens[range.clone()].iter().all(|t| {
            is_adverb(&t.lower)
                || t.is(&[
                    "in", "turn", "of", "course", "for", "his", "her", "part", "their", "too",
                ])
        });
        let participle =
            !first.is_capital() && (first.lower.ends_with("ing") || first.lower.ends_with("ed"));
        relative
            || adverbs
            || participle
            || (PREPOSITIONS.contains(&first.lower.as_str())
                && self.tail_in_preposition(range).is_none())
            || (first.is_number())
    }

    fn tail_in_preposition(&self, range: &Range<usize>) -> Option<Source> {
        self.after_preposition(range.clone())
    }

    fn is_apposition(&self, range: &Range<usize>) -> bool {
        let start = (range.clone())
            .find(|&i| {
                !is_adverb(&self.tokens[i].lower)
                    && !self.tokens[i].is(&["never", "not", "himself", "herself", "no"])
            })
            .unwrap_or(range.start);
        let mut first = &self.tokens[start];
        // "chairman of A, and member of B".
        if first.lower == "and"
            && let Some(second) = self.tokens.get(start + 1).filter(|_| start + 1 < range.end)
        {
            let office =
                lexicon::role(second.stem()).is_some() || lexicon::title(&second.text).is_some();
            if !office {
                return false;
            }
            first = second;
        }
        pronoun(first).is_none()
            && (first.is(&[
                "a",
                "an",
                "the",
                "one",
                "his",
                "her",
                "its",
                "then",
                "former",
                "now",
                "once",
                "himself",
                "chief",
                "deputy",
                "co-author",
                "author",
                "head",
                "formerly",
                "currently",
                "both",
            ]) || lexicon::role(first.stem()).is_some()
                || lexicon::title(&first.text).is_some()
                || first.is(&[
                    "director",
                    "professor",
                    "member",
                    "editor",
                    "founder",
                    "secretary",
                    "academician",
                ]))
    }

    /// The source phrase at the end of a segment without commas.
    fn tail(&self, range: Range<usize>) -> Option<Source> {
        let mut start = range.start;
        while start < range.end
            && (CLAUSE_OPENERS.contains(&self.tokens[start].lower.as_str())
                || (is_adverb(&self.tokens[start].lower) && self.name_at(start).is_none()))
        {
            start += 1;
        }
        if start >= range.end {
            return None;
        }
        if PREPOSITIONS.contains(&self.tokens[start].lower.as_str()) {
            return self.after_preposition(start..range.end);
        }
        // "that year one analyst": the phrase may begin later than the segment.
        self.classify(start..range.end)
    }

    /// The longest source phrase that ends a stretch and begins behind a verb or a noun.
    fn suffix(&self, range: Range<usize>) -> Option<Source> {
        (range.start + 1..range.end)
            .filter(|&at| {
                let before = &self.tokens[at - 1];
                let t = &self.tokens[at];
                (DETERMINERS.contains(&t.lower.as_str())
                    || QUANTIFIERS.contains(&t.lower.as_str())
                    || (t.is_capital() && !before.is_capital()))
                    && !PREPOSITIONS.contains(&before.lower.as_str())
                    && !DETERMINERS.contains(&before.lower.as_str())
            })
            .find_map(|at| self.classify(at..range.end))
    }

    /// A phrase behind an opening prepositional phrase that no comma ends: "In 2004 the X".
    fn after_preposition(&self, range: Range<usize>) -> Option<Source> {
        for at in range.start + 2..range.end {
            let before = &self.tokens[at - 1];
            let t = &self.tokens[at];
            let after_noun = before.is_number()
                || (before.is_word()
                    && !PREPOSITIONS.contains(&before.lower.as_str())
                    && !DETERMINERS.contains(&before.lower.as_str()));
            let begins = DETERMINERS.contains(&t.lower.as_str())
                || QUANTIFIERS.contains(&t.lower.as_str())
                || pronoun(t).is_some()
                || (t.is_capital() && !before.is_capital());
            if after_noun
                && begins
                && let Some(source) = self.classify(at..range.end)
                && (!matches!(source.holder, Holder::Institution) || before.is_number())
            {
                return Some(source);
            }
        }
        None
    }

    /// A holder in the possessive: "Lee's", "their", "the ministry's". `at` is the token before the
    /// noun that it owns.
    pub fn possessor(&self, at: usize) -> Option<Source> {
        let t = &self.tokens[at];
        let pronoun = match t.lower.as_str() {
            "his" => Some(Pronoun::He),
            "her" => Some(Pronoun::She),
            "their" => Some(Pronoun::They),
            "its" => Some(Pronoun::It),
            _ => None,
        };
        if let Some(pronoun) = pronoun {
            return Some(Source {
                tokens: at..at + 1,
                holder: Holder::Pronoun(pronoun),
            });
        }
        if !t.is_possessive() {
            return None;
        }
        if let Some(name) = self.names.iter().find(|n| n.tokens.end == at + 1) {
            return Some(Source {
                tokens: name.with_titles.start..at + 1,
                holder: Holder::Persons(vec![name.name.clone()]),
            });
        }
        let mut start = at;
        while start > 0 && start + 6 > at {
            let before = &self.tokens[start - 1];
            if !before.is_word()
                || PREPOSITIONS.contains(&before.lower.as_str()) && before.lower != "of"
                || CLAUSE_OPENERS.contains(&before.lower.as_str())
                || lexicon::cue_verb(&before.text).is_some() && !before.is_capital()
            {
                break;
            }
            start -= 1;
            if DETERMINERS.contains(&self.tokens[start].lower.as_str())
                || QUANTIFIERS.contains(&self.tokens[start].lower.as_str())
            {
                break;
            }
        }
        self.classify(start..at + 1)
    }

    /// The longest source phrase that begins at `at`: behind "according to", "by", or an inverted
    /// verb. It ends before a verb, a colon, or a comma that no apposition follows.
    pub fn phrase_after(&self, at: usize) -> Option<Source> {
        let mut end = at;
        let mut depth = 0usize;
        while end < self.tokens.len() {
            let t = &self.tokens[end];
            match t.text.as_str() {
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                _ if depth > 0 => {}
                ":" | ";" | "—" | "." | "?" | "!" => {
                    let dotted = t.text == "."
                        && self.tokens.get(end + 1).is_some_and(|n| n.is_capital())
                        && self.name_at(end + 1).is_some()
                        && lexicon::title(self.tokens[end - 1].stem()).is_some();
                    if !dotted {
                        break;
                    }
                }
                "“" | "\"" if end > at && self.tokens[end - 1].text == "," => break,
                "," => {
                    let rest = end + 1..self.tokens.len();
                    let apposition = !rest.is_empty()
                        && self.is_apposition(&rest)
                        && self.apposition_closes(end + 1);
                    let relative = self
                        .tokens
                        .get(end + 1)
                        .is_some_and(|n| n.is(&["who", "whose"]));
                    if !(apposition || relative) {
                        break;
                    }
                }
                _ => {
                    let lower = t.lower.as_str();
                    let relative = self.tokens[at..end]
                        .iter()
                        .any(|t| t.is(&["who", "whose", "which"]));
                    let stops = (AUXILIARIES.contains(&lower) && !relative)
                        || matches!(lower, "that" | "when" | "because" | "while" | "if")
                        || (!relative
                            && end > at
                            && !t.is_capital()
                            && self.name_at(end).is_none()
                            && lexicon::cue_verb(&t.text).is_some_and(|v| v.finite())
                            && lexicon::role(&t.text).is_none()
                            && self.tokens.get(end + 1).is_some_and(|n| {
                                n.is(&["that", "it", "to", ","]) || n.is_open_mark()
                            }));
                    if stops && end > at {
                        break;
                    }
                }
            }
            end += 1;
        }
        let whole = self.trim(at..end);
        if whole.is_empty() {
            return None;
        }
        self.classify(whole)
    }

    /// An apposition that begins at `at` is closed by a comma, a colon or the sentence's end before
    /// a verb comes.
    fn apposition_closes(&self, at: usize) -> bool {
        for t in &self.tokens[at..] {
            match t.text.as_str() {
                "," | ":" | "—" | ";" => return true,
                _ if AUXILIARIES.contains(&t.lower.as_str()) => return false,
                _ => {}
            }
        }
        true
    }
}

/// A third-person subject pronoun.
pub fn pronoun(token: &Token) -> Option<Pronoun> {
    match token.lower.as_str() {
        "he" | "him" => Some(Pronoun::He),
        "she" => Some(Pronoun::She),
        "they" | "them" => Some(Pronoun::They),
        "it" => Some(Pronoun::It),
        _ => None,
    }
}

/// Classifies a phrase without a person's name by its head noun.
fn head_holder(tokens: &[Token]) -> Option<Holder> {
    let first = tokens[0].lower.as_str();
    let stop = tokens
        .iter()
        .enumerate()
        .skip(1)
        .find(|(i, t)| {
            PREPOSITIONS.contains(&t.lower.as_str())
                || t.is(&[
                    "who", "that", "which", "whose", "—", ",", "(", "[", "where", "when",
                ])
                || (*i > 0 && BE_FORMS.contains(&t.lower.as_str()))
        })
        .map_or(tokens.len(), |(i, _)| i);
    let words: Vec<&Token> = tokens[..stop].iter().filter(|t| t.is_word()).collect();
    let head = words.last()?;
    let determined = DETERMINERS.contains(&first);
    let indefinite = matches!(
        first,
        "a" | "an" | "one" | "another" | "some" | "any" | "yet"
    );
    let phrase = words.iter().map(|t| t.stem()).collect::<Vec<_>>().join(" ");
    let bare = words[usize::from(determined).min(words.len() - 1)..]
        .iter()
        .map(|t| t.stem())
        .collect::<Vec<_>>()
        .join(" ");
    let lower_head = head.stem().to_lowercase();
    if matches!(
        first,
        "i" | "we"
            | "you"
            | "this"
            | "these"
            | "which"
            | "who"
            | "what"
            | "there"
            | "nothing"
            | "everything"
    ) && words.len() == 1
    {
        return None;
    }
    if matches!(
        lower_head.as_str(),
        "sides" | "governments" | "parties" | "states" | "capitals" | "powers"
    ) && (determined || QUANTIFIERS.contains(&first))
    {
        return Some(Holder::Institution);
    }
    if matches!(first, "nobody" | "none" | "no" | "nothing") {
        return None;
    }
    // "A school of Indian strategists", "a growing number of officers".
    let of = tokens.get(stop).is_some_and(|t| t.lower == "of");
    if of
        && matches!(
            lower_head.as_str(),
            "school"
                | "group"
                | "camp"
                | "number"
                | "majority"
                | "minority"
                | "generation"
                | "handful"
                | "circle"
                | "section"
                | "faction"
                | "wing"
                | "host"
                | "chorus"
                | "band"
                | "part"
                | "many"
                | "some"
                | "most"
                | "coalition"
                | "kind"
                | "crop"
                | "pair"
        )
    {
        return Some(Holder::Group);
    }
    let view = matches!(
        lower_head.as_str(),
        "view"
            | "opinion"
            | "views"
            | "opinions"
            | "belief"
            | "consensus"
            | "wisdom"
            | "thinking"
            | "majority"
    );
    if view && words.len() > 1 {
        return Some(Holder::Group);
    }
    if lexicon::is_metonym(&phrase)
        || lexicon::is_metonym(&bare)
        || lexicon::is_organisation_name(&bare)
    {
        return Some(Holder::Institution);
    }
    if let Some(role) = lexicon::role(&lower_head) {
        // An office of a body: "the ministry's spokesman" is a person without a name.
        if role.plural || QUANTIFIERS.contains(&first) && first != "another" {
            return Some(Holder::Group);
        }
        let plural_by_number = words
            .iter()
            .any(|t| t.is(&["two", "three", "several", "many", "few"]));
        if plural_by_number {
            return Some(Holder::Group);
        }
        if indefinite || first == "yet" {
            return Some(Holder::Generic);
        }
        if determined {
            return Some(Holder::Definite);
        }
        return (tokens[0].is_capital() || role.generic).then_some(Holder::Generic);
    }
    if lexicon::is_document(&lower_head) && !lexicon::is_organisation(&lower_head) {
        // The essay itself is no source.
        if matches!(
            lower_head.as_str(),
            "paper" | "essay" | "article" | "chapter" | "study" | "report"
        ) && matches!(first, "this" | "the" | "our" | "my")
            && words.len() <= 2
            && first != "the"
        {
            return None;
        }
        return Some(Holder::Document {
            definite: !indefinite,
        });
    }
    if lexicon::is_organisation(&lower_head) {
        // "a common court" is a thing; "the court" and "a Moscow court" can speak.
        let named = words.iter().any(|t| t.is_capital())
            || (determined && !indefinite)
            || lower_head.ends_with('s');
        return named.then_some(Holder::Institution);
    }
    let people = matches!(
        lower_head.as_str(),
        "people"
            | "voices"
            | "circles"
            | "school"
            | "camp"
            | "community"
            | "elite"
            | "elites"
            | "establishment"
            | "public"
            | "leadership"
            | "lobby"
            | "team"
            | "side"
            | "minority"
            | "quarters"
    );
    if people {
        return Some(
            if matches!(lower_head.as_str(), "leadership" | "side" | "team") {
                Holder::Institution
            } else {
                Holder::Group
            },
        );
    }
    if lexicon::is_collective(&phrase)
        || (QUANTIFIERS.contains(&first) && (words.len() == 1 || stop < tokens.len()))
    {
        return Some(Holder::Group);
    }
    // "the Chinese", "Russians", "Tokyo", "Japan".
    let demonym = lexicon::is_demonym(head.stem());
    if demonym
        && head.is_capital()
        && (first == "the" || lower_head.ends_with('s') || words.len() == 1)
    {
        return Some(Holder::Institution);
    }
    if lexicon::is_place(&bare) && head.is_capital() {
        return Some(Holder::Institution);
    }
    // "Russian “realists”": a scare-quoted plural noun.
    let quoted_plural =
        tokens.iter().any(|t| t.text == "“" || t.text == "\"") && lower_head.ends_with("ists");
    if quoted_plural || lower_head.ends_with("ists") {
        return Some(Holder::Group);
    }
    // An acronym or a capitalised name of several words that is nobody's: an institution.
    let acronym = head.text.chars().count() > 1 && head.stem().chars().all(|c| c.is_uppercase());
    if acronym && words.len() <= 3 {
        return Some(Holder::Institution);
    }
    let titled = words.len() >= 2
        && words[usize::from(determined)..]
            .iter()
            .filter(|t| t.is_capital())
            .count()
            >= 2
        && tokens[0].span.start != head.span.start;
    if titled && determined && words.iter().skip(1).all(|t| t.is_capital()) {
        return Some(Holder::Institution);
    }
    None
}
