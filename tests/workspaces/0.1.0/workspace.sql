BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE audit (
	n INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	actor TEXT NOT NULL, 
	sandbox TEXT NOT NULL, 
	what TEXT NOT NULL, 
	about TEXT NOT NULL, 
	refused BOOLEAN NOT NULL, 
	PRIMARY KEY (n)
);
INSERT INTO "audit" VALUES(1,1773129600000,'administrator','prod','set_secret','action/Notify/value',0);
INSERT INTO "audit" VALUES(2,1773129600000,'administrator','prod','set_setting','retention_payload_days',0);
INSERT INTO "audit" VALUES(3,1773129600000,'administrator','prod','import','Order and visit',0);
INSERT INTO "audit" VALUES(4,1773129600000,'administrator','prod','import','Calls',0);
INSERT INTO "audit" VALUES(5,1773129600000,'administrator','prod','import','A draft',0);
INSERT INTO "audit" VALUES(6,1773129600000,'administrator','prod','create_rule','8d82ca63-86d2-496e-b60e-819b85c924c3',0);
INSERT INTO "audit" VALUES(7,1773129600000,'administrator','prod','deploy_rule','8d82ca63-86d2-496e-b60e-819b85c924c3',0);
INSERT INTO "audit" VALUES(8,1773129660000,'administrator','prod','publish','Order and visit',0);
CREATE TABLE counters (
	version_id INTEGER NOT NULL, 
	in_test BOOLEAN NOT NULL, 
	kind TEXT NOT NULL, 
	name TEXT NOT NULL, 
	n BIGINT NOT NULL, 
	PRIMARY KEY (version_id, in_test, kind, name)
)
 WITHOUT ROWID

;
INSERT INTO "counters" VALUES(1,0,'at','six_hours',1);
INSERT INTO "counters" VALUES(1,0,'at','visited',2);
INSERT INTO "counters" VALUES(1,0,'edge','ordered',4);
INSERT INTO "counters" VALUES(1,0,'edge','regular:others',3);
INSERT INTO "counters" VALUES(1,0,'edge','regular:yes',1);
INSERT INTO "counters" VALUES(1,0,'edge','thanks',1);
INSERT INTO "counters" VALUES(1,0,'edge','visited',1);
INSERT INTO "counters" VALUES(1,0,'entered','came',1);
INSERT INTO "counters" VALUES(1,0,'entered','ordered',4);
INSERT INTO "counters" VALUES(1,0,'entered','regular',4);
INSERT INTO "counters" VALUES(1,0,'entered','thanks',1);
INSERT INTO "counters" VALUES(1,0,'entered','visited',1);
INSERT INTO "counters" VALUES(1,0,'feedback','opened',1);
INSERT INTO "counters" VALUES(1,0,'metric','completed',1);
INSERT INTO "counters" VALUES(1,0,'metric','entered',4);
INSERT INTO "counters" VALUES(1,0,'metric','executed_actions',1);
INSERT INTO "counters" VALUES(1,0,'metric','executed_enrichments',5);
INSERT INTO "counters" VALUES(1,0,'metric','executed_events',5);
INSERT INTO "counters" VALUES(1,0,'metric','executed_orchestration',5);
INSERT INTO "counters" VALUES(1,0,'metric','sent',1);
INSERT INTO "counters" VALUES(1,0,'minute','1773129600000',4);
INSERT INTO "counters" VALUES(2,0,'at','enough',0);
INSERT INTO "counters" VALUES(2,0,'at','told',1);
INSERT INTO "counters" VALUES(2,0,'edge','called',2);
INSERT INTO "counters" VALUES(2,0,'edge','first:one',1);
INSERT INTO "counters" VALUES(2,0,'edge','first:others',1);
INSERT INTO "counters" VALUES(2,0,'entered','called',2);
INSERT INTO "counters" VALUES(2,0,'entered','enough',1);
INSERT INTO "counters" VALUES(2,0,'entered','first',2);
INSERT INTO "counters" VALUES(2,0,'entered','told',1);
INSERT INTO "counters" VALUES(2,0,'error','503',1);
INSERT INTO "counters" VALUES(2,0,'errors','enough',1);
INSERT INTO "counters" VALUES(2,0,'metric','entered',2);
INSERT INTO "counters" VALUES(2,0,'metric','errors',1);
INSERT INTO "counters" VALUES(2,0,'metric','errors_in_action',1);
INSERT INTO "counters" VALUES(2,0,'metric','executed_events',2);
INSERT INTO "counters" VALUES(2,0,'metric','executed_orchestration',2);
INSERT INTO "counters" VALUES(2,0,'metric','failed',1);
INSERT INTO "counters" VALUES(2,0,'minute','1773129660000',2);
INSERT INTO "counters" VALUES(4,0,'at','visited',1);
INSERT INTO "counters" VALUES(4,0,'edge','ordered',1);
INSERT INTO "counters" VALUES(4,0,'edge','regular:others',1);
INSERT INTO "counters" VALUES(4,0,'entered','ordered',1);
INSERT INTO "counters" VALUES(4,0,'entered','regular',1);
INSERT INTO "counters" VALUES(4,0,'metric','entered',1);
INSERT INTO "counters" VALUES(4,0,'metric','executed_enrichments',1);
INSERT INTO "counters" VALUES(4,0,'metric','executed_events',1);
INSERT INTO "counters" VALUES(4,0,'metric','executed_orchestration',1);
INSERT INTO "counters" VALUES(4,0,'minute','1773129660000',1);
CREATE TABLE definitions (
	sandbox TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	name TEXT NOT NULL, 
	place INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	created_by TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	changed_by TEXT NOT NULL, 
	changed_at BIGINT NOT NULL, 
	PRIMARY KEY (sandbox, kind, name)
);
INSERT INTO "definitions" VALUES('prod','namespace','CRMID',1,'{"code": "CRMID", "label": "CRM id"}','administrator',1773129600000,'administrator',1773129600000);
INSERT INTO "definitions" VALUES('prod','event','Ordered',2,'{"name": "Ordered", "type": "system", "event_id": "00000000-0000-4000-8000-000000000001", "fields": {"id": {"type": "string", "required": true}, "total": "decimal"}, "namespace": "CRMID", "key": "@{Ordered.id}"}','administrator',1773129600000,'administrator',1773129600000);
INSERT INTO "definitions" VALUES('prod','event','Visited',3,'{"name": "Visited", "type": "system", "event_id": "00000000-0000-4000-8000-000000000002", "fields": {"id": {"type": "string", "required": true}, "total": "decimal"}, "namespace": "CRMID", "key": "@{Visited.id}"}','administrator',1773129600000,'administrator',1773129600000);
INSERT INTO "definitions" VALUES('prod','event','Called',4,'{"name": "Called", "type": "system", "event_id": "00000000-0000-4000-8000-000000000003", "fields": {"id": {"type": "string", "required": true}, "total": "decimal"}, "namespace": "CRMID", "key": "@{Called.id}"}','administrator',1773129600000,'administrator',1773129600000);
INSERT INTO "definitions" VALUES('prod','data_source','ExperiencePlatform',5,'{"name": "ExperiencePlatform", "field_groups": [{"name": "Profile", "schema": "profile", "fields": {"points": "integer", "email": "string"}}]}','administrator',1773129600000,'administrator',1773129600000);
INSERT INTO "definitions" VALUES('prod','action','Notify',6,'{"name": "Notify", "url": "https://push.example.com/notify", "auth": {"type": "api_key", "name": "key", "value": "INSERT_SECRET_HERE"}, "body": {"to": {"variable": "To", "type": "string"}}}','administrator',1773129600000,'administrator',1773129600000);
INSERT INTO "definitions" VALUES('prod','template','Thanks',7,'{"name": "Thanks", "channel": "email", "subject": "Thank you, {{ who }}", "body": "See you soon", "variables": {"who": "string"}}','administrator',1773129600000,'administrator',1773129600000);
INSERT INTO "definitions" VALUES('prod','segment','silver',8,'{"name": "silver", "expression": "#{ExperiencePlatform.Profile.points} >= 100"}','administrator',1773129600000,'administrator',1773129600000);
CREATE TABLE discards (
	n INTEGER NOT NULL, 
	sandbox TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	event TEXT, 
	"key" TEXT, 
	journey TEXT, 
	reason TEXT NOT NULL, 
	field TEXT NOT NULL, 
	PRIMARY KEY (n)
);
INSERT INTO "discards" VALUES(1,'prod',1773129660000,'Visited','nobody','Order and visit','not_waiting','');
INSERT INTO "discards" VALUES(2,'prod',1773129660000,'Ordered','mina','Order and visit','already_in_journey','');
CREATE TABLE entries (
	journey_id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	person TEXT NOT NULL, 
	entrances INTEGER NOT NULL, 
	last_entered BIGINT NOT NULL, 
	instance INTEGER, 
	PRIMARY KEY (journey_id, "key")
)
 WITHOUT ROWID

;
INSERT INTO "entries" VALUES(1,'aicha','7ed4d57b1e2feb89414c343c',1,1773129600000,NULL);
INSERT INTO "entries" VALUES(1,'bora','c9e9c616612e7696a6cecc1b',1,1773129660000,5);
INSERT INTO "entries" VALUES(1,'jonas','1027c4d1c386bbc4cd613e30',1,1773129600000,2);
INSERT INTO "entries" VALUES(1,'mina','d8f16adf91b7584a2265b1f5',1,1773129600000,1);
INSERT INTO "entries" VALUES(1,'seojun','78e510617311d8a3c2ce6f44',1,1773129600000,4);
INSERT INTO "entries" VALUES(2,'fails','d5f4b3b2e4b06ce60741c7a8',1,1773129660000,NULL);
INSERT INTO "entries" VALUES(2,'hangs','7ce42c8218072e8c35bf992d',1,1773129660000,7);
CREATE TABLE events (
	id INTEGER NOT NULL, 
	sandbox TEXT NOT NULL, 
	source_id TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	payload TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "events" VALUES(1,'prod','Ordered-mina-1773129600000',1773129600000,'{"_id":"Ordered-mina-1773129600000","id":"mina","total":12.5}');
INSERT INTO "events" VALUES(2,'prod','Ordered-jonas-1773129600000',1773129600000,'{"_id":"Ordered-jonas-1773129600000","id":"jonas","total":12.5}');
INSERT INTO "events" VALUES(3,'prod','Ordered-aicha-1773129600000',1773129600000,'{"_id":"Ordered-aicha-1773129600000","id":"aicha","total":12.5}');
INSERT INTO "events" VALUES(4,'prod','Ordered-seojun-1773129600000',1773129600000,'{"_id":"Ordered-seojun-1773129600000","id":"seojun","total":12.5}');
INSERT INTO "events" VALUES(5,'prod','Visited-aicha-1773129660000',1773129660000,'{"_id":"Visited-aicha-1773129660000","id":"aicha","total":12.5}');
INSERT INTO "events" VALUES(6,'prod','Visited-nobody-1773129660000',1773129660000,'{"_id":"Visited-nobody-1773129660000","id":"nobody","total":12.5}');
INSERT INTO "events" VALUES(7,'prod','Ordered-bora-1773129660000',1773129660000,'{"_id":"Ordered-bora-1773129660000","id":"bora","total":12.5}');
INSERT INTO "events" VALUES(8,'prod','Ordered-mina-1773129660000',1773129660000,'{"_id":"Ordered-mina-1773129660000","id":"mina","total":12.5}');
INSERT INTO "events" VALUES(9,'prod','Called-hangs-1773129660000',1773129660000,'{"_id":"Called-hangs-1773129660000","id":"hangs","total":12.5}');
INSERT INTO "events" VALUES(10,'prod','Called-fails-1773129660000',1773129660000,'{"_id":"Called-fails-1773129660000","id":"fails","total":12.5}');
CREATE TABLE feedback (
	n INTEGER NOT NULL, 
	message TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (n)
);
INSERT INTO "feedback" VALUES(1,'9abe9028cd7dcfedb517e584fd20bd55','opened',1773129660000);
CREATE TABLE guardrails (
	uid TEXT NOT NULL, 
	sandbox TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	body TEXT NOT NULL, 
	deployed BOOLEAN NOT NULL, 
	changed_by TEXT NOT NULL, 
	changed_at BIGINT NOT NULL, 
	PRIMARY KEY (uid)
);
INSERT INTO "guardrails" VALUES('8d82ca63-86d2-496e-b60e-819b85c924c3','prod','capping','{"configuration": {"url": "https://push.example.com/**", "methods": ["POST"], "services": {"action": {"maxHttpConnections": 50, "rating": {"maxCallsCount": 900, "periodInMs": 1000}}}, "uid": "8d82ca63-86d2-496e-b60e-819b85c924c3", "sandboxName": "prod", "state": "deployed", "metadata": {"createdBy": "administrator", "createdById": "administrator", "createdAt": "2026-03-10T08:00:00.000Z", "lastModifiedBy": "administrator", "lastModifiedById": "administrator", "lastModifiedAt": "2026-03-10T08:00:00.000Z", "lastDeployedBy": "administrator", "lastDeployedById": "administrator", "lastDeployedAt": "2026-03-10T08:00:00.000Z"}, "authoringFormatVersion": "1.0", "hasBeenDeployed": true}, "running": {"url": "https://push.example.com/**", "methods": ["POST"], "services": {"action": {"maxHttpConnections": 50, "rating": {"maxCallsCount": 900, "periodInMs": 1000}}}}}',1,'administrator',1773129600000);
CREATE TABLE identities (
	sandbox TEXT NOT NULL, 
	namespace TEXT NOT NULL, 
	value TEXT NOT NULL, 
	profile_id INTEGER NOT NULL, 
	PRIMARY KEY (sandbox, namespace, value)
)
 WITHOUT ROWID

;
INSERT INTO "identities" VALUES('prod','CRMID','jonas',2);
INSERT INTO "identities" VALUES('prod','CRMID','mina',1);
INSERT INTO "identities" VALUES('prod','Email','mina@guests.example',1);
CREATE TABLE inlets (
	name TEXT NOT NULL, 
	sandbox TEXT NOT NULL, 
	requires_token BOOLEAN NOT NULL, 
	open BOOLEAN NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "inlets" VALUES('main','prod',1,1);
CREATE TABLE instances (
	id INTEGER NOT NULL, 
	version_id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	status SMALLINT NOT NULL, 
	in_test BOOLEAN NOT NULL, 
	entered_at BIGINT NOT NULL, 
	changed_at BIGINT NOT NULL, 
	activity TEXT NOT NULL, 
	due BIGINT, 
	state BLOB NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "instances" VALUES(1,1,'mina',0,0,1773129600000,1773129660000,'six_hours',1773151200000,X'DC002101B061336438313137333030303030303031A13101A46D696E61A543524D4944B8643866313661646639316237353834613232363562316635A13101CF0000019CD6C28C00CF0000019D71415400CF00007BD5D47ECEC2AC4575726F70652F5061726973C2CD2710A772756E6E696E670700C09791A97369785F686F757273CF0000019CD6C28C0007CF0000019CD80C2300A97369785F686F75727300009081A74F72646572656483A35F6964BA4F7264657265642D6D696E612D31373733313239363030303030A26964A46D696E61A5746F74616CCB402900000000000081A67468616E6B73D920396162653930323863643764636665646235313765353834666432306264353581D920396162653930323863643764636665646235313765353834666432306264353591A66F70656E6564B4613364383131373330303030303030312D312D36A67468616E6B73C0A0A0A0A00000');
INSERT INTO "instances" VALUES(2,1,'jonas',0,0,1773129600000,1773129600000,'visited',1773216000000,X'DC002101B061336438313137333030303030303032A13101A56A6F6E6173A543524D4944B8313032376334643163333836626263346364363133653330A13201CF0000019CD6C28C00CF0000019D71415400CF00007BD5D47ECEC2AC4575726F70652F5061726973C2CD2710A772756E6E696E670400C09791A776697369746564CF0000019CD6C28C0004CF0000019CDBE8E800A77669736974656400009081A74F72646572656483A35F6964BB4F7264657265642D6A6F6E61732D31373733313239363030303030A26964A56A6F6E6173A5746F74616CCB40290000000000008080B4613364383131373330303030303030322D312D33A7726567756C6172C0A0A0A0A0C000');
INSERT INTO "instances" VALUES(3,1,'aicha',1,0,1773129600000,1773129660000,'came',NULL,X'DC002101B061336438313137333030303030303033A13101A56169636861A543524D4944B8376564346435376231653266656238393431346333343363A001CF0000019CD6C28C00CF0000019D71415400CF00007BD5D47ECEC2AC4575726F70652F5061726973C2CD2710A866696E69736865640600C0C090808080B4613364383131373330303030303030332D312D36A463616D65C0A0A0A0A0C000');
INSERT INTO "instances" VALUES(4,1,'seojun',0,0,1773129600000,1773129600000,'visited',1773216000000,X'DC002101B061336438313137333030303030303034A13101A673656F6A756EA543524D4944B8373865353130363137333131643861336332636536663434A001CF0000019CD6C28C00CF0000019D71415400CF00007BD5D47ECEC2AC4575726F70652F5061726973C2CD2710A772756E6E696E670400C09791A776697369746564CF0000019CD6C28C0004CF0000019CDBE8E800A77669736974656400009081A74F72646572656483A35F6964BC4F7264657265642D73656F6A756E2D31373733313239363030303030A26964A673656F6A756EA5746F74616CCB40290000000000008080B4613364383131373330303030303030342D312D33A7726567756C6172C0A0A0A0A0C000');
INSERT INTO "instances" VALUES(5,4,'bora',0,0,1773129660000,1773129660000,'visited',1773216060000,X'DC002101B061336438313137333030303030303035A13102A4626F7261A543524D4944B8633965396336313636313265373639366136636563633162A001CF0000019CD6C37660CF0000019D71423E60CF00007BD5D47ECEC2AC4575726F70652F5061726973C2CD2710A772756E6E696E670400C09791A776697369746564CF0000019CD6C3766004CF0000019CDBE9D260A77669736974656400009081A74F72646572656483A35F6964BA4F7264657265642D626F72612D31373733313239363630303030A26964A4626F7261A5746F74616CCB40290000000000008080B4613364383131373330303030303030352D312D33A7726567756C6172C0A0A0A0A0C000');
INSERT INTO "instances" VALUES(7,2,'hangs',0,0,1773129660000,1773129660000,'told',1775721660000,X'DC002101B061336438313137333030303030303037A13201A568616E6773A543524D4944B8376365343263383231383037326538633335626639393264A001CF0000019CD6C37660CF0000019D71423E60CF00007BD5D47ECEC2A3555443C2CD2710A772756E6E696E6704009AA4746F6C64CF0000019CD6C376609000000480800000C09081A643616C6C656483A35F6964BA43616C6C65642D68616E67732D31373733313239363630303030A26964A568616E6773A5746F74616CCB40290000000000008080B4613364383131373330303030303030372D312D33A56669727374C0A0A0A0A0C0C0');
INSERT INTO "instances" VALUES(8,2,'fails',2,0,1773129660000,1773129660000,'enough',NULL,X'DC002101B061336438313137333030303030303038A13201A56661696C73A543524D4944B8643566346233623265346230366365363037343163376138A001CF0000019CD6C37660CF0000019D71423E60CF00007BD5D47ECEC2A3555443C2CD2710A56572726F720500C0C09081A643616C6C656483A35F6964BA43616C6C65642D6661696C732D31373733313239363630303030A26964A56661696C73A5746F74616CCB40290000000000008080B4613364383131373330303030303030382D312D35A6656E6F7567689AA6656E6F756768CF0000019CD6C376609000000080800000A6656E6F756768A3353033A3353033A000C0');
CREATE TABLE journeys (
	id INTEGER NOT NULL, 
	sandbox TEXT NOT NULL, 
	name TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "journeys" VALUES(1,'prod','Order and visit');
INSERT INTO "journeys" VALUES(2,'prod','Calls');
INSERT INTO "journeys" VALUES(3,'prod','A draft');
CREATE TABLE memberships (
	profile_id INTEGER NOT NULL, 
	segment TEXT NOT NULL, 
	since BIGINT NOT NULL, 
	PRIMARY KEY (profile_id, segment)
)
 WITHOUT ROWID

;
INSERT INTO "memberships" VALUES(1,'silver',1773129600000);
CREATE TABLE messages (
	id TEXT NOT NULL, 
	sandbox TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	version_id INTEGER NOT NULL, 
	instance INTEGER NOT NULL, 
	in_test BOOLEAN NOT NULL, 
	activity TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	address TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	body TEXT NOT NULL, 
	html TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "messages" VALUES('9abe9028cd7dcfedb517e584fd20bd55','prod',1773129600000,1,1,0,'thanks','email','mina@guests.example','Thank you, mina','See you soon','');
CREATE TABLE outbox (
	instance INTEGER NOT NULL, 
	call INTEGER NOT NULL, 
	version_id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	created BIGINT NOT NULL, 
	effect BLOB NOT NULL, 
	PRIMARY KEY (instance, call)
)
 WITHOUT ROWID

;
INSERT INTO "outbox" VALUES(7,4,2,'a3d8117300000007-1-4',1773129660000,X'9AA6616374696F6E04A4746F6C64A64E6F74696679A0808081A2746FA568616E6773CD7530B4613364383131373330303030303030372D312D34');
CREATE TABLE passages (
	version_id INTEGER NOT NULL, 
	in_test BOOLEAN NOT NULL, 
	activity TEXT NOT NULL, 
	since BIGINT NOT NULL, 
	n BIGINT NOT NULL, 
	PRIMARY KEY (version_id, in_test, activity)
)
 WITHOUT ROWID

;
INSERT INTO "passages" VALUES(2,0,'first',1773129660000,2);
CREATE TABLE product_profiles (
	name TEXT NOT NULL, 
	permissions TEXT NOT NULL, 
	sandboxes TEXT NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE profile_events (
	n INTEGER NOT NULL, 
	profile_id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (n)
);
INSERT INTO "profile_events" VALUES(1,1,1773043200000,'{"sends": 1, "timestamp": "2026-03-09T08:00:00Z"}');
CREATE TABLE profiles (
	id INTEGER NOT NULL, 
	sandbox TEXT NOT NULL, 
	test_profile BOOLEAN NOT NULL, 
	attributes TEXT NOT NULL, 
	identities TEXT NOT NULL, 
	events INTEGER NOT NULL, 
	changed_at BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "profiles" VALUES(1,'prod',0,'{"points": 5, "email": "mina@guests.example"}','{"CRMID": "mina", "Email": "mina@guests.example"}',1,1773129600000);
INSERT INTO "profiles" VALUES(2,'prod',1,'{"points": 1, "timeZone": "Asia/Seoul"}','{"CRMID": "jonas"}',0,1773129600000);
CREATE TABLE set_aside (
	id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	instance INTEGER, 
	stimulus BLOB NOT NULL, 
	traceback TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE settings (
	sandbox TEXT NOT NULL, 
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (sandbox, name)
);
INSERT INTO "settings" VALUES('prod','retention_payload_days','60');
CREATE TABLE step_events (
	n INTEGER NOT NULL, 
	version_id INTEGER NOT NULL, 
	instance INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	node_id TEXT NOT NULL, 
	status TEXT NOT NULL, 
	fields TEXT NOT NULL, 
	PRIMARY KEY (n)
);
INSERT INTO "step_events" VALUES(1,1,1,1773129600000,'ordered','transitions','{"type":"step","id":"a3d8117300000001-1-1","journey":"1","version":1,"instance":"a3d8117300000001","person":"d8f16adf91b7584a2265b1f5","node":"ordered","node_name":"ordered","node_type":"event","status":"transitions","timestamp":1773129600000,"arrived":1773129600000,"transition":"ordered","to":"regular","entrance":true,"event_name":"Ordered","event_id":"Ordered-mina-1773129600000"}');
INSERT INTO "step_events" VALUES(2,1,1,1773129600000,'regular','transitions','{"type":"step","id":"a3d8117300000001-1-3","journey":"1","version":1,"instance":"a3d8117300000001","person":"d8f16adf91b7584a2265b1f5","node":"regular","node_name":"regular","node_type":"condition.data_source","status":"transitions","timestamp":1773129600000,"arrived":1773129600000,"parent":"a3d8117300000001-1-1","path":"yes","transition":"regular:yes","to":"thanks","fetch_count":1}');
INSERT INTO "step_events" VALUES(3,1,1,1773129600000,'thanks','transitions','{"type":"step","id":"a3d8117300000001-1-6","journey":"1","version":1,"instance":"a3d8117300000001","person":"d8f16adf91b7584a2265b1f5","node":"thanks","node_name":"thanks","node_type":"email","status":"transitions","timestamp":1773129600000,"arrived":1773129600000,"parent":"a3d8117300000001-1-3","transition":"thanks","action_id":"Thanks","action_name":"Thanks","action_type":"email","action_attempts":1,"message_id":"9abe9028cd7dcfedb517e584fd20bd55","channel":"email","fetch_count":1}');
INSERT INTO "step_events" VALUES(4,1,2,1773129600000,'ordered','transitions','{"type":"step","id":"a3d8117300000002-1-1","journey":"1","version":1,"instance":"a3d8117300000002","person":"1027c4d1c386bbc4cd613e30","node":"ordered","node_name":"ordered","node_type":"event","status":"transitions","timestamp":1773129600000,"arrived":1773129600000,"transition":"ordered","to":"regular","entrance":true,"event_name":"Ordered","event_id":"Ordered-jonas-1773129600000"}');
INSERT INTO "step_events" VALUES(5,1,2,1773129600000,'regular','transitions','{"type":"step","id":"a3d8117300000002-1-3","journey":"1","version":1,"instance":"a3d8117300000002","person":"1027c4d1c386bbc4cd613e30","node":"regular","node_name":"regular","node_type":"condition.data_source","status":"transitions","timestamp":1773129600000,"arrived":1773129600000,"parent":"a3d8117300000002-1-1","path":"others","transition":"regular:others","fetch_count":1}');
INSERT INTO "step_events" VALUES(6,1,3,1773129600000,'ordered','transitions','{"type":"step","id":"a3d8117300000003-1-1","journey":"1","version":1,"instance":"a3d8117300000003","person":"7ed4d57b1e2feb89414c343c","node":"ordered","node_name":"ordered","node_type":"event","status":"transitions","timestamp":1773129600000,"arrived":1773129600000,"transition":"ordered","to":"regular","entrance":true,"event_name":"Ordered","event_id":"Ordered-aicha-1773129600000"}');
INSERT INTO "step_events" VALUES(7,1,3,1773129600000,'regular','transitions','{"type":"step","id":"a3d8117300000003-1-3","journey":"1","version":1,"instance":"a3d8117300000003","person":"7ed4d57b1e2feb89414c343c","node":"regular","node_name":"regular","node_type":"condition.data_source","status":"transitions","timestamp":1773129600000,"arrived":1773129600000,"parent":"a3d8117300000003-1-1","path":"others","transition":"regular:others","fetch_count":1}');
INSERT INTO "step_events" VALUES(8,1,4,1773129600000,'ordered','transitions','{"type":"step","id":"a3d8117300000004-1-1","journey":"1","version":1,"instance":"a3d8117300000004","person":"78e510617311d8a3c2ce6f44","node":"ordered","node_name":"ordered","node_type":"event","status":"transitions","timestamp":1773129600000,"arrived":1773129600000,"transition":"ordered","to":"regular","entrance":true,"event_name":"Ordered","event_id":"Ordered-seojun-1773129600000"}');
INSERT INTO "step_events" VALUES(9,1,4,1773129600000,'regular','transitions','{"type":"step","id":"a3d8117300000004-1-3","journey":"1","version":1,"instance":"a3d8117300000004","person":"78e510617311d8a3c2ce6f44","node":"regular","node_name":"regular","node_type":"condition.data_source","status":"transitions","timestamp":1773129600000,"arrived":1773129600000,"parent":"a3d8117300000004-1-1","path":"others","transition":"regular:others","fetch_count":1}');
INSERT INTO "step_events" VALUES(10,1,3,1773129660000,'visited','transitions','{"type":"step","id":"a3d8117300000003-1-5","journey":"1","version":1,"instance":"a3d8117300000003","person":"7ed4d57b1e2feb89414c343c","node":"visited","node_name":"visited","node_type":"event","status":"transitions","timestamp":1773129660000,"arrived":1773129600000,"parent":"a3d8117300000003-1-3","transition":"visited","to":"came","event_name":"Visited","event_id":"Visited-aicha-1773129660000"}');
INSERT INTO "step_events" VALUES(11,1,3,1773129660000,'came','ended','{"type":"step","id":"a3d8117300000003-1-6","journey":"1","version":1,"instance":"a3d8117300000003","person":"7ed4d57b1e2feb89414c343c","node":"came","node_name":"came","node_type":"end","status":"ended","timestamp":1773129660000,"arrived":1773129660000,"parent":"a3d8117300000003-1-5","instance_ended":true,"end":"finished"}');
INSERT INTO "step_events" VALUES(12,4,5,1773129660000,'ordered','transitions','{"type":"step","id":"a3d8117300000005-1-1","journey":"1","version":2,"instance":"a3d8117300000005","person":"c9e9c616612e7696a6cecc1b","node":"ordered","node_name":"ordered","node_type":"event","status":"transitions","timestamp":1773129660000,"arrived":1773129660000,"transition":"ordered","to":"regular","entrance":true,"event_name":"Ordered","event_id":"Ordered-bora-1773129660000"}');
INSERT INTO "step_events" VALUES(13,4,5,1773129660000,'regular','transitions','{"type":"step","id":"a3d8117300000005-1-3","journey":"1","version":2,"instance":"a3d8117300000005","person":"c9e9c616612e7696a6cecc1b","node":"regular","node_name":"regular","node_type":"condition.data_source","status":"transitions","timestamp":1773129660000,"arrived":1773129660000,"parent":"a3d8117300000005-1-1","path":"others","transition":"regular:others","fetch_count":1}');
INSERT INTO "step_events" VALUES(14,2,7,1773129660000,'called','transitions','{"type":"step","id":"a3d8117300000007-1-1","journey":"2","version":1,"instance":"a3d8117300000007","person":"7ce42c8218072e8c35bf992d","node":"called","node_name":"called","node_type":"event","status":"transitions","timestamp":1773129660000,"arrived":1773129660000,"transition":"called","to":"first","entrance":true,"event_name":"Called","event_id":"Called-hangs-1773129660000"}');
INSERT INTO "step_events" VALUES(15,2,7,1773129660000,'first','transitions','{"type":"step","id":"a3d8117300000007-1-3","journey":"2","version":1,"instance":"a3d8117300000007","person":"7ce42c8218072e8c35bf992d","node":"first","node_name":"first","node_type":"condition.profile_cap","status":"transitions","timestamp":1773129660000,"arrived":1773129660000,"parent":"a3d8117300000007-1-1","path":"one","transition":"first:one","to":"told"}');
INSERT INTO "step_events" VALUES(16,2,8,1773129660000,'called','transitions','{"type":"step","id":"a3d8117300000008-1-1","journey":"2","version":1,"instance":"a3d8117300000008","person":"d5f4b3b2e4b06ce60741c7a8","node":"called","node_name":"called","node_type":"event","status":"transitions","timestamp":1773129660000,"arrived":1773129660000,"transition":"called","to":"first","entrance":true,"event_name":"Called","event_id":"Called-fails-1773129660000"}');
INSERT INTO "step_events" VALUES(17,2,8,1773129660000,'first','transitions','{"type":"step","id":"a3d8117300000008-1-3","journey":"2","version":1,"instance":"a3d8117300000008","person":"d5f4b3b2e4b06ce60741c7a8","node":"first","node_name":"first","node_type":"condition.profile_cap","status":"transitions","timestamp":1773129660000,"arrived":1773129660000,"parent":"a3d8117300000008-1-1","path":"others","transition":"first:others","to":"enough"}');
INSERT INTO "step_events" VALUES(18,2,8,1773129660000,'enough','error','{"type":"step","id":"a3d8117300000008-1-5","journey":"2","version":1,"instance":"a3d8117300000008","person":"d5f4b3b2e4b06ce60741c7a8","node":"enough","node_name":"enough","node_type":"action","status":"error","timestamp":1773129660000,"arrived":1773129660000,"parent":"a3d8117300000008-1-3","instance_ended":true,"end":"error","error":"503","action_id":"Notify","action_name":"Notify","action_type":"action","action_error_code":"503","action_attempts":1}');
CREATE TABLE suppressed (
	sandbox TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	address TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (sandbox, channel, address)
);
CREATE TABLE users (
	name TEXT NOT NULL, 
	password TEXT, 
	product_profiles TEXT NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE versions (
	id INTEGER NOT NULL, 
	journey_id INTEGER NOT NULL, 
	sandbox TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	body TEXT NOT NULL, 
	created_by TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	changed_by TEXT NOT NULL, 
	changed_at BIGINT NOT NULL, 
	published_by TEXT, 
	published_at BIGINT, 
	closed_at BIGINT, 
	test_since BIGINT, 
	test_wait BIGINT DEFAULT '10000' NOT NULL, 
	test_people INTEGER DEFAULT '0' NOT NULL, 
	test_last_event BIGINT, 
	PRIMARY KEY (id)
);
INSERT INTO "versions" VALUES(1,1,'prod',1,'closed','{"name":"Order and visit","namespace":"CRMID","properties":{"time_zone":"Europe/Paris","starts_at":"2026-03-10T08:00:00.000Z"},"activities":[{"id":"ordered","type":"event","event":"Ordered"},{"id":"regular","type":"condition","kind":"data_source","paths":[{"id":"yes","expression":"#{ExperiencePlatform.Profile.points} > 3"}],"others":true},{"id":"thanks","type":"email","template":"Thanks","address":"#{ExperiencePlatform.Profile.email}","parameters":{"who":"@{Ordered.id}"}},{"id":"six_hours","type":"wait","kind":"duration","duration":"PT6H"},{"id":"told","type":"action","action":"Notify","parameters":{"To":"@{Ordered.id}"}},{"id":"visited","type":"event","event":"Visited","timeout":"P1D","timeout_path":true},{"id":"came","type":"end"},{"id":"reminded","type":"action","action":"Notify","parameters":{"To":"@{Ordered.id}"}}],"edges":[{"from":"ordered","to":"regular"},{"from":"regular","path":"yes","to":"thanks"},{"from":"thanks","to":"six_hours"},{"from":"six_hours","to":"told"},{"from":"regular","path":"others","to":"visited"},{"from":"visited","to":"came"},{"from":"visited","path":"timeout","to":"reminded"}]}','administrator',1773129600000,'administrator',1773129600000,'administrator',1773129600000,1773129660000,NULL,10000,0,NULL);
INSERT INTO "versions" VALUES(2,2,'prod',1,'live','{"name":"Calls","namespace":"CRMID","properties":{"starts_at":"2026-03-10T08:00:00.000Z"},"activities":[{"id":"called","type":"event","event":"Called"},{"id":"first","type":"condition","kind":"profile_cap","paths":[{"id":"one"}],"limit":1,"others":true},{"id":"told","type":"action","action":"Notify","parameters":{"To":"@{Called.id}"}},{"id":"enough","type":"action","action":"Notify","parameters":{"To":"@{Called.id}"}}],"edges":[{"from":"called","to":"first"},{"from":"first","path":"one","to":"told"},{"from":"first","path":"others","to":"enough"}]}','administrator',1773129600000,'administrator',1773129600000,'administrator',1773129600000,NULL,NULL,10000,0,NULL);
INSERT INTO "versions" VALUES(3,3,'prod',1,'draft','{"name":"A draft","namespace":"CRMID","properties":{"time_zone":"Europe/Paris"},"activities":[{"id":"ordered","type":"event","event":"Ordered"},{"id":"regular","type":"condition","kind":"data_source","paths":[{"id":"yes","expression":"#{ExperiencePlatform.Profile.points} > 3"}],"others":true},{"id":"thanks","type":"email","template":"Thanks","address":"#{ExperiencePlatform.Profile.email}","parameters":{"who":"@{Ordered.id}"}},{"id":"six_hours","type":"wait","kind":"duration","duration":"PT6H"},{"id":"told","type":"action","action":"Notify","parameters":{"To":"@{Ordered.id}"}},{"id":"visited","type":"event","event":"Visited","timeout":"P1D","timeout_path":true},{"id":"came","type":"end"},{"id":"reminded","type":"action","action":"Notify","parameters":{"To":"@{Ordered.id}"}}],"edges":[{"from":"ordered","to":"regular"},{"from":"regular","path":"yes","to":"thanks"},{"from":"thanks","to":"six_hours"},{"from":"six_hours","to":"told"},{"from":"regular","path":"others","to":"visited"},{"from":"visited","to":"came"},{"from":"visited","path":"timeout","to":"reminded"}]}','administrator',1773129600000,'administrator',1773129600000,NULL,NULL,NULL,NULL,10000,0,NULL);
INSERT INTO "versions" VALUES(4,1,'prod',2,'live','{"name":"Order and visit","namespace":"CRMID","properties":{"time_zone":"Europe/Paris","starts_at":"2026-03-10T08:00:00.000Z"},"activities":[{"id":"ordered","type":"event","event":"Ordered"},{"id":"regular","type":"condition","kind":"data_source","paths":[{"id":"yes","expression":"#{ExperiencePlatform.Profile.points} > 3"}],"others":true},{"id":"thanks","type":"email","template":"Thanks","address":"#{ExperiencePlatform.Profile.email}","parameters":{"who":"@{Ordered.id}"}},{"id":"six_hours","type":"wait","kind":"duration","duration":"PT6H"},{"id":"told","type":"action","action":"Notify","parameters":{"To":"@{Ordered.id}"}},{"id":"visited","type":"event","event":"Visited","timeout":"P1D","timeout_path":true},{"id":"came","type":"end"},{"id":"reminded","type":"action","action":"Notify","parameters":{"To":"@{Ordered.id}"}}],"edges":[{"from":"ordered","to":"regular"},{"from":"regular","path":"yes","to":"thanks"},{"from":"thanks","to":"six_hours"},{"from":"six_hours","to":"told"},{"from":"regular","path":"others","to":"visited"},{"from":"visited","to":"came"},{"from":"visited","path":"timeout","to":"reminded"}]}','administrator',1773129660000,'administrator',1773129660000,'administrator',1773129660000,NULL,NULL,10000,0,NULL);
CREATE TABLE workspace (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "workspace" VALUES('seed','136158323330754');
CREATE UNIQUE INDEX events_source ON events (sandbox, source_id);
CREATE INDEX feedback_message ON feedback (message);
CREATE INDEX instances_due ON instances (due) WHERE due IS NOT NULL;
CREATE INDEX instances_ended ON instances (changed_at) WHERE status != 0;
CREATE INDEX instances_running ON instances (version_id) WHERE status = 0;
CREATE UNIQUE INDEX journeys_name ON journeys (sandbox, name);
CREATE INDEX profile_events_profile ON profile_events (profile_id, at);
CREATE INDEX profiles_sandbox ON profiles (sandbox);
CREATE INDEX step_events_instance ON step_events (instance);
CREATE UNIQUE INDEX versions_number ON versions (journey_id, version);
CREATE INDEX versions_state ON versions (state);
COMMIT;
