//! Builds a stack: from the template's plan to running triggers and an open port.
//!
//! Nothing runs before the whole template is read and the permissions of all triggers are checked.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, OnceLock};

use anyhow::Context;
use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use puntos_runtime::Environment;
use puntos_runtime::clients::{ClientSettings, Clients, FIRST_RETRY_AFTER};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::clock::StackClock;
use crate::connector::policy::{Policy, Uses};
use crate::connector::{Destination, TapSlot, Wakes, Wire};
use crate::embedded::bucket::Buckets;
use crate::embedded::database::Database;
use crate::embedded::mailbox::Mailbox;
use crate::embedded::queues::Queues;
use crate::embedded::request_tokens::RequestTokens;
use crate::embedded::user_pool::UserPool;
use crate::functions::Registry;
use crate::functions::local::LocalFunction;
use crate::gateway::routes::Routes;
use crate::gateway::tokens::{Spent, Tokens};
use crate::gateway::{Gateway, Target};
use crate::identity;
use crate::local_routes;
use crate::stack::{Data, Options, Pace, Parts, Stack};
use crate::triggers::asynchronous::AsynchronousInvoker;
use crate::triggers::checkpoint::Checkpoint;
use crate::triggers::progress::Progress;
use crate::triggers::queues::QueueReader;
use crate::triggers::schedules::ScheduledFunction;
use crate::triggers::stream::StreamReader;
use crate::triggers::topics::Topics;
use crate::wiring::{FunctionPlan, Plan};

/// Starts a stack, which answers requests and is not marked as ready yet.
pub(crate) async fn start(
    plan: Plan,
    registry: &Registry,
    options: Options,
) -> anyhow::Result<Stack> {
    let directory = match &options.data {
        Data::Memory => None,
        Data::Directory(directory) => Some(directory.as_path()),
    };
    let listener = TcpListener::bind(("127.0.0.1", options.port))
        .await
        .with_context(|| format!("the port {} cannot be listened on", options.port))?;
    let url = format!("http://{}", listener.local_addr()?);
    let clock = StackClock::default();
    let authorizer = plan.authorizer.clone().context("the template has no JWT authorizer")?;
    let services = Services {
        database: Arc::new(Database::open(directory, &plan.table)?),
        queues: Arc::new(Queues::create(&plan.queues, clock.clone()).await?),
        mailbox: Arc::new(Mailbox::new(clock.clone(), url.clone())),
        user_pool: Arc::new(UserPool::default()),
        request_tokens: Arc::new(RequestTokens::default()),
        loopback: aws_smithy_http_client::Builder::new().build_http(),
        stream_wake: Arc::new(Notify::new()),
        tap: Arc::new(OnceLock::new()),
        clock: clock.clone(),
        s3_url: format!("{url}/local/s3"),
        pace: options.pace,
    };
    let checkpoint = Checkpoint::load(directory)?;
    let progress = Arc::new(Progress::default());
    if let Some(position) = checkpoint.position() {
        progress.relayed_to(position);
    }
    let uses = Arc::new(Uses::default());
    // The pages, the sign-in and the bucket come from the stack itself.
    let addresses = [
        ("PAGES_URL", url.clone()),
        ("SIGN_IN_URL", format!("{url}/local")),
        ("ATTACHMENT_ORIGIN", url.clone()),
    ];
    let functions = plan
        .functions
        .into_iter()
        .map(|mut plan| {
            for (name, address) in &addresses {
                if let Some(variable) = plan.variables.get_mut(*name) {
                    variable.clone_from(address);
                }
            }
            services.function(plan, registry, &uses)
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let triggers = Triggers::of(&functions, &services, &progress, options.pace)?;

    let settings = BTreeMap::from([
        ("TABLE_NAME".to_owned(), plan.table.name.clone()),
        ("STACK_ID".to_owned(), identity::STACK_ID.to_owned()),
    ]);
    let parts = Arc::new(Parts {
        url: url.clone(),
        clock: clock.clone(),
        spent: Spent::default(),
        tokens: Arc::new(Tokens::new(directory, authorizer)?),
        database: Arc::clone(&services.database),
        queues: Arc::clone(&services.queues),
        mailbox: Arc::clone(&services.mailbox),
        user_pool: Arc::clone(&services.user_pool),
        buckets: Buckets::new(plan.buckets, directory, clock.clone()),
        functions,
        topics: Topics {
            subscriptions: plan.subscriptions,
            queues: Arc::clone(&services.queues),
            progress: Arc::clone(&progress),
        },
        schedules: triggers.schedules.clone(),
        progress: Arc::clone(&progress),
        uses,
        tap: Arc::clone(&services.tap),
        follows_stream: !triggers.streams.is_empty(),
        mail_events_topic: plan.mail_events_topic,
        environment: services.environment("stack", None, settings),
        ready: AtomicBool::new(false),
    });

    let gateway = Gateway { routes: triggers.routes, tokens: Arc::clone(&parts.tokens), clock };
    let shutdown = CancellationToken::new();
    let position = checkpoint.position();
    let mut tasks = vec![tokio::spawn(gateway.serve(
        listener,
        local_routes::routes(Arc::clone(&parts)),
        shutdown.clone(),
    ))];
    tasks.extend(triggers.queues.into_iter().map(|one| tokio::spawn(one.run(shutdown.clone()))));
    tasks.extend(
        triggers.streams.into_iter().map(|one| tokio::spawn(one.run(position, shutdown.clone()))),
    );
    tasks.extend(triggers.schedules.into_iter().map(|one| tokio::spawn(one.run(shutdown.clone()))));
    tasks.push(tokio::spawn(checkpoint.keep(
        progress,
        services.queues,
        services.database,
        shutdown.clone(),
    )));
    Ok(Stack { parts, url, shutdown: shutdown.drop_guard(), tasks })
}

/// The embedded services, and the parts that all connections to them share.
#[derive(Clone)]
struct Services {
    database: Arc<Database>,
    queues: Arc<Queues>,
    mailbox: Arc<Mailbox>,
    user_pool: Arc<UserPool>,
    request_tokens: Arc<RequestTokens>,
    loopback: SharedHttpClient,
    stream_wake: Arc<Notify>,
    tap: TapSlot,
    clock: StackClock,
    /// The address of the embedded S3.
    s3_url: String,
    pace: Pace,
}

impl Services {
    /// Returns an environment whose clients may do what a policy allows, or everything without one.
    fn environment(
        &self,
        name: &str,
        caller: Option<Arc<Policy>>,
        variables: BTreeMap<String, String>,
    ) -> Environment {
        let settings = ClientSettings {
            region: identity::REGION.to_owned(),
            credentials: Credentials::new(name, identity::SECRET_KEY, None, None, "local"),
            endpoint_url: Some(self.database.url().to_owned()),
            s3_endpoint_url: Some(self.s3_url.clone()),
            first_retry_after: self.pace.pause(FIRST_RETRY_AFTER),
        };
        let name: Arc<str> = name.into();
        let parts = self.clone();
        let clients = Clients::over(settings, move |service| {
            let destination = match service {
                "sqs" => Destination::InProcess(Arc::clone(&parts.queues) as _),
                "ses" => Destination::InProcess(Arc::clone(&parts.mailbox) as _),
                "cognito-idp" => Destination::InProcess(Arc::clone(&parts.user_pool) as _),
                _ => {
                    Destination::Loopback(parts.loopback.clone(), Arc::clone(&parts.request_tokens))
                }
            };
            SharedHttpClient::new(Wire {
                caller: caller.clone(),
                name: Arc::clone(&name),
                service,
                destination,
                tap: Arc::clone(&parts.tap),
                wakes: Wakes {
                    stream: Arc::clone(&parts.stream_wake),
                    queues: Arc::clone(&parts.queues),
                },
            })
        });
        let entropy = Arc::new(|buffer: &mut [u8]| {
            getrandom::fill(buffer).expect("the system's randomness is always readable");
        });
        Environment::new(variables, clients, self.clock.for_functions(), entropy)
    }

    fn function(
        &self,
        mut plan: FunctionPlan,
        registry: &Registry,
        uses: &Arc<Uses>,
    ) -> anyhow::Result<Arc<LocalFunction>> {
        plan.timeout = self.pace.limit(plan.timeout);
        let name = plan.name.as_str();
        let build = registry
            .get(name)
            .with_context(|| format!("there is no function {name} in this program"))?;
        let policy = Arc::new(Policy::new(name, plan.grants.clone(), Arc::clone(uses)));
        if let Some(log_group) = &plan.log_group_arn {
            // Lambda writes the log with the function's role.
            policy.allow_one("logs:CreateLogStream", log_group)?;
            policy.allow_one("logs:PutLogEvents", log_group)?;
        }
        let caller = Some(Arc::clone(&policy));
        let environment = self.environment(name, caller, plan.variables.clone());
        let handler = build(environment.clone())
            .with_context(|| format!("the function {name} does not start"))?;
        Ok(Arc::new(LocalFunction {
            plan,
            environment,
            policy,
            handler,
            cut_off: AtomicU64::new(0),
        }))
    }
}

/// The triggers of all functions.
struct Triggers {
    routes: Routes<Target>,
    queues: Vec<QueueReader>,
    streams: Vec<StreamReader>,
    schedules: Vec<ScheduledFunction>,
}

impl Triggers {
    fn of(
        functions: &[Arc<LocalFunction>],
        services: &Services,
        progress: &Arc<Progress>,
        pace: Pace,
    ) -> anyhow::Result<Self> {
        let mut routes = Routes::default();
        let (mut queues, mut streams) = (Vec::new(), Vec::new());
        let mut schedules = Vec::new();
        let invoker = AsynchronousInvoker { progress: Arc::clone(progress), pace };
        for function in functions {
            let plan = &function.plan;
            for route in &plan.routes {
                let target = Target {
                    function: Arc::clone(function),
                    is_open: route.is_open(),
                    scopes: route.scopes().to_vec(),
                };
                routes
                    .add(&route.method, &route.path, target)
                    .with_context(|| format!("the route {} {}", route.method, route.path))?;
            }
            for trigger in &plan.queues {
                let reader = QueueReader {
                    trigger: trigger.clone(),
                    function: Arc::clone(function),
                    queues: Arc::clone(&services.queues),
                    progress: Arc::clone(progress),
                    wake: services.queues.wake(&trigger.queue_arn)?,
                    pace: services.pace,
                };
                reader.check()?;
                queues.push(reader);
            }
            for trigger in &plan.streams {
                let reader = StreamReader {
                    trigger: trigger.clone(),
                    function: Arc::clone(function),
                    database: Arc::clone(&services.database),
                    queues: Arc::clone(&services.queues),
                    progress: Arc::clone(progress),
                    wake: Arc::clone(&services.stream_wake),
                    clock: services.clock.clone(),
                };
                reader.check()?;
                streams.push(reader);
            }
            schedules.extend(plan.schedules.iter().map(|schedule| ScheduledFunction {
                schedule: schedule.clone(),
                function: Arc::clone(function),
                invoker: invoker.clone(),
                clock: services.clock.clone(),
            }));
        }
        anyhow::ensure!(streams.len() < 2, "more than one function follows the stream");
        Ok(Self { routes, queues, streams, schedules })
    }
}
