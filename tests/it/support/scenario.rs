//! Scenarios for tests: the default one, with changes.

/// Changes to the default scenario.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variant {
    bank: Vec<String>,
    clients: Vec<String>,
    accounts: Vec<String>,
    journeys: Option<String>,
    top: String,
}

impl Variant {
    /// With this line under `bank:`, as in `explain: false`.
    pub(crate) fn bank(mut self, line: &str) -> Self {
        self.bank.push(format!("  {line}\n"));
        self
    }

    /// With one more client: its lines after `client_id`, each as in `name: X`.
    pub(crate) fn client(mut self, id: &str, lines: &[&str]) -> Self {
        self.clients.push(format!("  - client_id: {id}\n"));
        let lines = lines.iter().map(|line| format!("    {line}\n"));
        self.clients.extend(lines);
        self
    }

    /// With one more account of Hazel's: its lines after `name`, each as in `number: "12345678"`.
    pub(crate) fn account(mut self, name: &str, lines: &[&str]) -> Self {
        self.accounts.push(format!("      - name: {name}\n"));
        let lines = lines.iter().map(|line| format!("        {line}\n"));
        self.accounts.extend(lines);
        self
    }

    /// With these `journeys` and `scripts` instead of the scenario's own.
    pub(crate) fn journeys(mut self, yaml: &str) -> Self {
        self.journeys = Some(yaml.to_owned());
        self
    }

    /// With these keys of the scenario's own.
    pub(crate) fn top(mut self, yaml: &str) -> Self {
        self.top.push_str(yaml);
        self.top.push('\n');
        self
    }

    /// The whole scenario.
    pub(crate) fn yaml(&self) -> String {
        let (bank, rest) = DEFAULT.split_once("\ncustomers:\n").unwrap();
        let key = |line: &str| line.split(':').next().map(str::to_owned);
        let overrides = |line: &str| self.bank.iter().any(|own| key(own) == key(line));
        let kept = bank
            .lines()
            .filter(|line| !line.starts_with("  ") || !overrides(line));
        let bank: Vec<_> = kept.collect();
        let rest = match &self.journeys {
            None => rest.to_owned(),
            Some(own) => {
                let (customers, scripts) = rest.split_once("\nscripts:\n").unwrap();
                let (_, clients) = scripts.split_once("\nclients:\n").unwrap();
                format!("{customers}\n{own}\nclients:\n{clients}")
            }
        };
        let (bank, own, clients) = (bank.join("\n"), self.bank.concat(), self.clients.concat());
        let (before, after) = rest.split_once(SECOND_ACCOUNT).unwrap();
        let accounts = self.accounts.concat();
        let rest = format!(
            "{before}\n{accounts}{}{after}",
            SECOND_ACCOUNT.trim_start_matches('\n')
        );
        let top = &self.top;
        format!("{bank}\n{own}\ncustomers:\n{rest}\n{clients}\n{top}")
    }
}

/// Where Hazel's first account ends.
const SECOND_ACCOUNT: &str = "\n      - name: joint\n";

const DEFAULT: &str = include_str!("../../../scenarios/default.yaml");
