//! shim
use std::collections::{HashMap,HashSet};
use std::sync::LazyLock;
fn set(t:&'static str)->HashSet<&'static str>{t.lines().filter(|l|!l.starts_with('#')&&!l.trim().is_empty()).map(|l|l.split_whitespace().next().unwrap()).collect()}
static ORG:LazyLock<HashSet<&str>>=LazyLock::new(||set(include_str!("lexicon/organisations.txt")));
static DEM:LazyLock<HashSet<&str>>=LazyLock::new(||set(include_str!("lexicon/demonyms.txt")));
static PLACE:LazyLock<HashSet<String>>=LazyLock::new(||include_str!("lexicon/places.txt").lines().map(|s|s.to_lowercase()).collect());
static ABB:LazyLock<HashMap<&str,bool>>=LazyLock::new(||include_str!("lexicon/abbreviations.txt").lines().filter(|l|!l.starts_with('#')).filter_map(|l|{let mut p=l.split('\t');Some((p.next()?,p.next()?=="can-end"))}).collect());
pub fn is_organisation(w:&str)->bool{ORG.contains(w.to_lowercase().as_str())}
pub fn is_demonym(w:&str)->bool{DEM.contains(w.to_lowercase().as_str())}
pub fn is_place(w:&str)->bool{PLACE.contains(&w.to_lowercase())}
pub fn is_month(w:&str)->bool{matches!(w,"January"|"February"|"March"|"April"|"May"|"June"|"July"|"August"|"September"|"October"|"November"|"December")}
pub fn is_title_word(w:&str)->bool{matches!(w,"Dr"|"Prof"|"Mr"|"Mrs"|"Professor"|"Ambassador")}
pub fn is_name_particle(w:&str)->bool{matches!(w,"de"|"van"|"al"|"von")}
pub fn abbreviation(w:&str)->Option<bool>{ABB.get(format!("{}.",w.to_lowercase()).as_str()).copied()}
pub fn is_sentence_opener(w:&str)->bool{matches!(w,"The"|"In"|"It"|"He"|"She"|"They"|"However"|"This"|"A"|"But"|"And"|"As")}
