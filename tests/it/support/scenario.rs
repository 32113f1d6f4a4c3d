//! Scenarios for tests: the default one, with changes.

/// Changes to the default scenario.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variant {
    bank: Vec<String>,
    clients: Vec<String>,
    customers: Option<String>,
}

impl Variant {
    /// With this line under `bank:`, as in `explain: false`.
    pub(crate) fn bank(mut self, line: &str) -> Self {
        self.bank.push(format!("  {line}\n"));
        self
    }

    /// With one more client: its lines after `client_id`, each as in `name: X`.
    pub(crate) fn client(mut self, id: &str, lines: &[&str]) -> Self {
        let mut text = format!("  - client_id: {id}\n");
        for line in lines {
            text.push_str(&format!("    {line}\n"));
        }
        self.clients.push(text);
        self
    }

    /// With these customers instead of the default ones: YAML, indented by two.
    pub(crate) fn customers(mut self, yaml: &str) -> Self {
        self.customers = Some(yaml.to_owned());
        self
    }

    /// The whole scenario.
    pub(crate) fn yaml(&self) -> String {
        let (bank, rest) = DEFAULT.split_once("\ncustomers:\n").unwrap();
        let (customers, clients) = rest.split_once("\nclients:\n").unwrap();
        let customers = self.customers.as_deref().unwrap_or(customers);
        let kept = bank.lines().filter(|line| {
            let key = line.split_once(':').map_or(*line, |(key, _)| key);
            let overrides = |own: &String| own.split_once(':').is_some_and(|(own, _)| own == key);
            !line.starts_with("  ") || !self.bank.iter().any(overrides)
        });
        let bank: String = kept.map(|line| format!("{line}\n")).collect();
        format!(
            "{bank}{}\ncustomers:\n{customers}\nclients:\n{clients}\n{}",
            self.bank.concat(),
            self.clients.concat(),
        )
    }
}

const DEFAULT: &str = include_str!("../../../scenarios/default.yaml");
