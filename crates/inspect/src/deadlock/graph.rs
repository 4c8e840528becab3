//! Who waits for whom, as numbers.
//!
//! A node goes on if *one* of those that it waits for goes on. So a node is stuck if all of them are. Nodes that are
//! stuck, and that wait for no others than for one another, are a *knot*: with one target each, a cycle.

/// Nodes, and for whom they wait.
#[derive(Debug, Default)]
pub(super) struct Graph {
    targets: Vec<Vec<usize>>,
    /// Whether the node goes on whatever the others do.
    moves: Vec<bool>,
}

impl Graph {
    pub(super) fn with_nodes(count: usize) -> Self {
        Graph { targets: vec![Vec::new(); count], moves: vec![true; count] }
    }

    /// The node goes on if one of `targets` does. Without a target it goes on.
    pub(super) fn waits(&mut self, node: usize, targets: Vec<usize>) {
        self.moves[node] = targets.is_empty();
        self.targets[node] = targets;
    }

    /// Which nodes never go on.
    pub(super) fn stuck(&self) -> Vec<bool> {
        let mut stuck: Vec<bool> = self.moves.iter().map(|moves| !moves).collect();
        let waiters = self.reversed();
        let mut moving: Vec<usize> = (0..stuck.len()).filter(|node| !stuck[*node]).collect();
        while let Some(node) = moving.pop() {
            for &waiter in &waiters[node] {
                if std::mem::replace(&mut stuck[waiter], false) {
                    moving.push(waiter);
                }
            }
        }
        stuck
    }

    /// The knots among the stuck nodes, each from its least node on along the ways.
    pub(super) fn knots(&self, stuck: &[bool]) -> Vec<Vec<usize>> {
        let waiters = self.reversed();
        let mut knot_of = vec![None; stuck.len()];
        let mut count = 0;
        // Kosaraju: from the node whose visit ended last, the ways backwards reach its own group, and what is left
        // of the others after that.
        for root in self.by_last_visit(stuck) {
            if knot_of[root].is_some() {
                continue;
            }
            let mut group = vec![root];
            knot_of[root] = Some(count);
            let mut next = 0;
            while next < group.len() {
                for &waiter in &waiters[group[next]] {
                    if stuck[waiter] && knot_of[waiter].is_none() {
                        knot_of[waiter] = Some(count);
                        group.push(waiter);
                    }
                }
                next += 1;
            }
            count += 1;
        }
        self.closed_groups(&knot_of, count)
    }

    /// Of the groups, those that no way leads out of.
    fn closed_groups(&self, group_of: &[Option<usize>], count: usize) -> Vec<Vec<usize>> {
        let mut is_closed = vec![true; count];
        for (node, group) in group_of.iter().enumerate() {
            let Some(group) = *group else { continue };
            if self.targets[node].iter().any(|target| group_of[*target] != Some(group)) {
                is_closed[group] = false;
            }
        }
        let mut knots = Vec::new();
        let mut is_given = vec![false; count];
        for (node, group) in group_of.iter().enumerate() {
            let Some(group) = *group else { continue };
            if is_closed[group] && !std::mem::replace(&mut is_given[group], true) {
                knots.push(self.along_ways(node));
            }
        }
        knots
    }

    /// All that can be reached from `first`, along the first ways first.
    fn along_ways(&self, first: usize) -> Vec<usize> {
        let mut is_seen = vec![false; self.targets.len()];
        let (mut order, mut left) = (Vec::new(), vec![first]);
        while let Some(node) = left.pop() {
            if !std::mem::replace(&mut is_seen[node], true) {
                order.push(node);
                left.extend(self.targets[node].iter().rev());
            }
        }
        order
    }

    /// The stuck nodes, those last whose visit in depth ends first.
    fn by_last_visit(&self, stuck: &[bool]) -> Vec<usize> {
        let mut is_seen = vec![false; stuck.len()];
        let mut ended = Vec::new();
        for root in (0..stuck.len()).filter(|node| stuck[*node]) {
            if std::mem::replace(&mut is_seen[root], true) {
                continue;
            }
            let mut way = vec![(root, 0)];
            while let Some((node, next)) = way.last_mut() {
                match self.targets[*node].get(*next) {
                    Some(&target) => {
                        *next += 1;
                        if stuck[target] && !std::mem::replace(&mut is_seen[target], true) {
                            way.push((target, 0));
                        }
                    }
                    None => {
                        ended.push(*node);
                        way.pop();
                    }
                }
            }
        }
        ended.reverse();
        ended
    }

    fn reversed(&self) -> Vec<Vec<usize>> {
        let mut waiters = vec![Vec::new(); self.targets.len()];
        for (node, targets) in self.targets.iter().enumerate() {
            targets.iter().for_each(|target| waiters[*target].push(node));
        }
        waiters
    }
}

#[cfg(test)]
mod tests {
    use super::Graph;

    /// Nodes as they are named by their targets; one without targets goes on.
    fn knots(targets: &[&[usize]]) -> Vec<Vec<usize>> {
        let mut graph = Graph::with_nodes(targets.len());
        for (node, targets) in targets.iter().enumerate() {
            graph.waits(node, targets.to_vec());
        }
        graph.knots(&graph.stuck())
    }

    #[test]
    fn ways_that_end_are_no_knot() {
        assert!(knots(&[&[1], &[2], &[]]).is_empty());
        assert!(knots(&[]).is_empty());
    }

    #[test]
    fn a_way_that_comes_back_is_a_knot() {
        assert_eq!(knots(&[&[0]]), [[0]]);
        assert_eq!(knots(&[&[2], &[0], &[1]]), [[0, 2, 1]]);
        assert_eq!(knots(&[&[1], &[0], &[3], &[2]]), [[0, 1], [2, 3]]);
    }

    #[test]
    fn whoever_waits_for_a_knot_is_not_in_it() {
        assert_eq!(knots(&[&[1], &[2], &[1], &[0]]), [[1, 2]]);
    }

    #[test]
    fn one_way_out_dissolves_a_knot() {
        assert!(knots(&[&[1, 2], &[0], &[]]).is_empty());
        assert!(knots(&[&[1, 2], &[0], &[3], &[]]).is_empty());
    }

    #[test]
    fn two_ways_that_both_lead_back_are_a_knot() {
        assert_eq!(knots(&[&[1, 2], &[0], &[0]]), [[0, 1, 2]]);
        assert_eq!(knots(&[&[1, 2], &[0], &[3], &[2]]), [[2, 3]]);
    }

    #[test]
    fn a_long_way_takes_no_stack() {
        const LENGTH: usize = 200_000;
        let mut graph = Graph::with_nodes(LENGTH);
        (0..LENGTH).for_each(|node| graph.waits(node, vec![(node + 1) % LENGTH]));
        assert_eq!(graph.knots(&graph.stuck())[0].len(), LENGTH);
    }
}
