//! Places the overlay of one source and transform: it stands already, is updated, or is new.

use super::{Fate, Key, NewText, Placer, Settled, Wanted, place_of};
use crate::overlay::layout::Layout;
use crate::overlay::name::name;
use crate::overlay::update::{holds, update};
use crate::policy::emit::{overlay_hash, render};
use crate::policy::{Namespace, Overlay, Place};

impl Placer<'_, '_> {
    /// Places what is wanted for one source: `group` holds the indices, each overlay with the rules of those before.
    pub(super) fn place_group(&mut self, key: &Key, group: &[usize]) {
        match self.index.get(key) {
            Some(&standing) => self.keep_current(standing, group),
            None => self.add(key, group),
        }
    }

    /// Leaves or updates an overlay that stands.
    fn keep_current(&mut self, standing: usize, group: &[usize]) {
        self.used.insert(standing);
        let one = self.standing[standing].clone();
        let sources = group.iter().filter_map(|&index| {
            let wanted = self.run.wanted[index];
            place_of(wanted.subject, self.run.worlds[wanted.world])
        });
        let sources: Vec<Place> = sources.collect();
        self.sources.entry(one.path.to_owned()).or_default().extend(sources);
        if one.is_edited() {
            return self.tell(group, Fate::Edited, Some(one.path));
        }
        let says = |&index: &usize| overlay_hash(self.run.wanted[index].overlay) == one.owned.actual_hash;
        let level = group.iter().rposition(says).map_or(0, |at| at + 1);
        let target = self.chosen(group);
        if target <= level {
            self.tell(&group[..level], Fate::Current, Some(one.path));
            return self.tell(&group[level..], Fate::Offered, Some(one.path));
        }
        self.tell(&group[target..], Fate::Offered, Some(one.path));
        let wanted = self.run.wanted[group[target - 1]];
        let overlay = wanted.overlay;
        let text = (self.run.text)(one.path).unwrap_or_default();
        // What an earlier run wrote with a fact that this one lacks is not taken back.
        if !self.is_settled(&wanted) && holds(text, &one.policy.place, overlay) {
            return self.tell(&group[..target], Fate::Current, Some(one.path));
        }
        if (self.run.is_hydrated)(one.path) {
            return self.tell(&group[..target], Fate::Hydrated, Some(one.path));
        }
        if let Some(edits) = update(text, &one.policy.place, overlay) {
            let document = (one.path.to_owned(), one.policy.place.document);
            let votes = self.edits.entry(document).or_default();
            votes.votes.push((edits, group[..target].to_vec()));
        } else {
            self.tell(&group[..target], Fate::Edited, Some(one.path));
        }
    }

    /// Adds an overlay where none stands.
    fn add(&mut self, (world, identity): &Key, group: &[usize]) {
        let world = *world;
        let target = self.chosen(group);
        let wanted = self.run.wanted[group[target.max(1) - 1]];
        let Some(place) = place_of(wanted.subject, self.run.worlds[world]) else {
            return;
        };
        let (name, path) = self.new_name(world, &identity.namespace, wanted.overlay, &place);
        self.tell(&group[target..], Fate::Offered, path.as_deref());
        if target > 0 {
            self.write(wanted.overlay, &name, path, &place, &group[..target]);
        }
    }

    /// Finds a name that no other object has, and the path that goes with it.
    fn new_name(
        &mut self,
        world: usize,
        namespace: &Namespace,
        overlay: &Overlay,
        place: &Place,
    ) -> (String, Option<String>) {
        let cluster = self.run.worlds[world].cluster.as_deref();
        let source = (self.run.path)(place.file);
        let path_of = |name: &str| self.run.layout.path(overlay, name, cluster, source);
        let taken = |name: &str| {
            self.names.contains(&(world, namespace.clone(), name.to_owned()))
                || path_of(name).is_some_and(|path| (self.run.text)(&path).is_some())
        };
        let name = name(overlay, taken);
        let path = path_of(&name);
        self.names.insert((world, namespace.clone(), name.clone()));
        (name, path)
    }

    fn write(&mut self, overlay: &Overlay, name: &str, path: Option<String>, place: &Place, group: &[usize]) {
        let layout = self.run.layout;
        let namespace = layout.namespace(overlay);
        match (layout, path) {
            (Layout::Stream(_), _) if (self.run.is_unwritable)((self.run.path)(place.file)) => {
                self.tell(group, Fate::Unwritable, None);
            }
            (Layout::Stream(host), _) => {
                let annotations = host.annotations();
                let annotations: Vec<_> = annotations.iter().map(|(key, value)| (*key, value.as_str())).collect();
                let sequences = self.sequences_like(place);
                let text = render(overlay, name, namespace, &annotations, sequences);
                self.placement.appended.push(format!("{}{text}", host.header()));
                self.tell(group, Fate::Written, None);
            }
            (Layout::Separate { dir, .. }, Some(_)) if self.run.synced_by.is_some() => self.tell_synced(dir),
            (Layout::Separate { .. } | Layout::Beside, Some(path)) => {
                let holders = self.holders.get(place).copied().unwrap_or_default();
                let text = NewText::Overlay {
                    overlay: Box::new(overlay.clone()),
                    name: name.to_owned(),
                    namespace: namespace.map(str::to_owned),
                    sequences: self.sequences_like(place),
                };
                self.sources.entry(path.clone()).or_default().insert(*place);
                let votes = self.files.entry(path).or_default();
                votes.holders = holders;
                votes.votes.push((text, group.to_vec()));
            }
            (Layout::Separate { .. } | Layout::Beside, None) => self.tell_no_place(overlay, place.spot()),
        }
    }

    /// Tells whether the decision leaves nothing open.
    fn is_settled(&self, wanted: &Wanted<'_>) -> bool {
        self.settled.contains(&Settled {
            world: wanted.world,
            subject: wanted.subject,
            transform: wanted.overlay.transform,
        })
    }

    /// Returns how many overlays of a group are to stand after this run: up to the last chosen one.
    fn chosen(&self, group: &[usize]) -> usize {
        let last = group.iter().rposition(|&index| self.run.wanted[index].chosen);
        last.map_or(0, |at| at + 1)
    }
}
