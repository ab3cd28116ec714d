#include "exports/service_category.h"

#include <stdlib.h>
#include <string.h>

typedef struct ServiceKind {
    const char *code;
    const char *category;
    const char *subcategory;
} ServiceKind;

/* In the order of their codes, for bsearch. */
/* clang-format off */
static const ServiceKind KINDS[] = {
    {"AWSAmplify", "Web", "Application Platforms"},
    {"AWSAppRunner", "Compute", "Containers"},
    {"AWSAppSync", "Integration", "API Management"},
    {"AWSBackup", "Storage", "Backup Storage"},
    {"AWSBatch", "Compute", "Other (Compute)"},
    {"AWSBudgets", "Management and Governance", "Cost Management"},
    {"AWSCertificateManager", "Security", "Other (Security)"},
    {"AWSCloud9", "Developer Tools", "Development Environments"},
    {"AWSCloudFormation", "Management and Governance", "Architecture"},
    {"AWSCloudTrail", "Management and Governance", "Compliance"},
    {"AWSCodeArtifact", "Developer Tools", "Developer Platforms"},
    {"AWSCodeBuild", "Developer Tools", "Continuous Integration and Deployment"},
    {"AWSCodeCommit", "Developer Tools", "Source Code Management"},
    {"AWSCodePipeline", "Developer Tools", "Continuous Integration and Deployment"},
    {"AWSConfig", "Management and Governance", "Compliance"},
    {"AWSCostExplorer", "Management and Governance", "Cost Management"},
    {"AWSDataSync", "Migration", "Data Migration"},
    {"AWSDataTransfer", "Networking", "Network Connectivity"},
    {"AWSDatabaseMigrationSvc", "Migration", "Data Migration"},
    {"AWSDeveloperSupport", "Management and Governance", "Support"},
    {"AWSDeviceFarm", "Developer Tools", "Quality Assurance"},
    {"AWSDirectConnect", "Networking", "Network Connectivity"},
    {"AWSDirectoryService", "Identity", "Identity and Access Management"},
    {"AWSELB", "Networking", "Application Networking"},
    {"AWSElasticBeanstalk", "Web", "Application Platforms"},
    {"AWSElementalMediaConvert", "Media", "Media Streaming"},
    {"AWSElementalMediaLive", "Media", "Media Streaming"},
    {"AWSEvents", "Integration", "Messaging"},
    {"AWSGlobalAccelerator", "Networking", "Network Routing"},
    {"AWSGlue", "Analytics", "Data Processing"},
    {"AWSGreengrass", "Internet of Things", "IoT Platforms"},
    {"AWSIoT", "Internet of Things", "IoT Platforms"},
    {"AWSIoTAnalytics", "Internet of Things", "IoT Analytics"},
    {"AWSLakeFormation", "Analytics", "Data Processing"},
    {"AWSLambda", "Compute", "Serverless Compute"},
    {"AWSMigrationHub", "Migration", "Resource Migration"},
    {"AWSNetworkFirewall", "Networking", "Network Security"},
    {"AWSQueueService", "Integration", "Messaging"},
    {"AWSSecretsManager", "Security", "Secret Management"},
    {"AWSSecurityHub", "Security", "Security Posture Management"},
    {"AWSServiceCatalog", "Management and Governance", "Architecture"},
    {"AWSShield", "Networking", "Network Security"},
    {"AWSStorageGateway", "Storage", "Storage Platforms"},
    {"AWSSupportBusiness", "Management and Governance", "Support"},
    {"AWSSupportEnterprise", "Management and Governance", "Support"},
    {"AWSSystemsManager", "Management and Governance", "Endpoint Management"},
    {"AWSTransfer", "Migration", "Data Migration"},
    {"AWSTransferFamily", "Migration", "Data Migration"},
    {"AWSXRay", "Management and Governance", "Observability"},
    {"AmazonAPIGateway", "Integration", "API Management"},
    {"AmazonApiGateway", "Integration", "API Management"},
    {"AmazonAppStream", "Compute", "End User Computing"},
    {"AmazonAthena", "Analytics", "Analytics Platforms"},
    {"AmazonBedrock", "AI and Machine Learning", "Generative AI"},
    {"AmazonBraket", "Compute", "Quantum Compute"},
    {"AmazonChime", "Business Applications", "Productivity and Collaboration"},
    {"AmazonCloudFront", "Networking", "Content Delivery"},
    {"AmazonCloudSearch", "Analytics", "Search"},
    {"AmazonCloudWatch", "Management and Governance", "Observability"},
    {"AmazonCognito", "Identity", "Identity and Access Management"},
    {"AmazonConnect", "Business Applications", "Other (Business Applications)"},
    {"AmazonDAX", "Databases", "Caching"},
    {"AmazonDetective", "Security", "Threat Detection and Response"},
    {"AmazonDocDB", "Databases", "NoSQL Databases"},
    {"AmazonDocumentDB", "Databases", "NoSQL Databases"},
    {"AmazonDynamoDB", "Databases", "NoSQL Databases"},
    {"AmazonEC2", "Compute", "Virtual Machines"},
    {"AmazonECR", "Compute", "Containers"},
    {"AmazonECRPublic", "Compute", "Containers"},
    {"AmazonECS", "Compute", "Containers"},
    {"AmazonEFS", "Storage", "File Storage"},
    {"AmazonEKS", "Compute", "Containers"},
    {"AmazonES", "Analytics", "Search"},
    {"AmazonElastiCache", "Databases", "Caching"},
    {"AmazonFSx", "Storage", "File Storage"},
    {"AmazonGameLift", "Media", "Gaming"},
    {"AmazonGlacier", "Storage", "Object Storage"},
    {"AmazonGrafana", "Management and Governance", "Observability"},
    {"AmazonGuardDuty", "Security", "Threat Detection and Response"},
    {"AmazonIVS", "Media", "Media Streaming"},
    {"AmazonInspector", "Security", "Security Posture Management"},
    {"AmazonInspectorV2", "Security", "Security Posture Management"},
    {"AmazonKinesis", "Analytics", "Streaming Analytics"},
    {"AmazonKinesisAnalytics", "Analytics", "Streaming Analytics"},
    {"AmazonKinesisFirehose", "Analytics", "Streaming Analytics"},
    {"AmazonLex", "AI and Machine Learning", "Bots"},
    {"AmazonLightsail", "Compute", "Virtual Machines"},
    {"AmazonMCS", "Databases", "NoSQL Databases"},
    {"AmazonMQ", "Integration", "Messaging"},
    {"AmazonMSK", "Integration", "Messaging"},
    {"AmazonMWAA", "Integration", "Workflow Orchestration"},
    {"AmazonMacie", "Security", "Other (Security)"},
    {"AmazonMemoryDB", "Databases", "Caching"},
    {"AmazonNeptune", "Databases", "NoSQL Databases"},
    {"AmazonPinpoint", "Mobile", "Other (Mobile)"},
    {"AmazonPolly", "AI and Machine Learning", "Other (AI and Machine Learning)"},
    {"AmazonPrometheus", "Management and Governance", "Observability"},
    {"AmazonQLDB", "Databases", "Ledger Databases"},
    {"AmazonQuickSight", "Analytics", "Business Intelligence"},
    {"AmazonRDS", "Databases", "Relational Databases"},
    {"AmazonRedshift", "Databases", "Data Warehouses"},
    {"AmazonRekognition", "AI and Machine Learning", "Machine Learning"},
    {"AmazonRoute53", "Networking", "Network Routing"},
    {"AmazonS3", "Storage", "Object Storage"},
    {"AmazonS3GlacierDeepArchive", "Storage", "Object Storage"},
    {"AmazonSES", "Business Applications", "Productivity and Collaboration"},
    {"AmazonSNS", "Integration", "Messaging"},
    {"AmazonSQS", "Integration", "Messaging"},
    {"AmazonSageMaker", "AI and Machine Learning", "Machine Learning"},
    {"AmazonSimpleDB", "Databases", "NoSQL Databases"},
    {"AmazonStates", "Integration", "Workflow Orchestration"},
    {"AmazonTextract", "AI and Machine Learning", "Machine Learning"},
    {"AmazonTimestream", "Databases", "Time Series Databases"},
    {"AmazonVPC", "Networking", "Network Infrastructure"},
    {"AmazonWorkDocs", "Business Applications", "Productivity and Collaboration"},
    {"AmazonWorkMail", "Business Applications", "Productivity and Collaboration"},
    {"AmazonWorkSpaces", "Compute", "End User Computing"},
    {"CloudHSM", "Security", "Secret Management"},
    {"CodeBuild", "Developer Tools", "Continuous Integration and Deployment"},
    {"ComputeSavingsPlans", "Compute", "Other (Compute)"},
    {"ElasticMapReduce", "Analytics", "Data Processing"},
    {"awskms", "Security", "Secret Management"},
    {"awswaf", "Networking", "Network Security"},
    {"comprehend", "AI and Machine Learning", "Natural Language Processing"},
    {"translate", "AI and Machine Learning", "Natural Language Processing"},
};
/* clang-format on */

static int compare(const void *code, const void *kind)
{
    return strcmp(code, ((const ServiceKind *)kind)->code);
}

static const ServiceKind *find(const char *code)
{
    static const ServiceKind OTHER = {"", "Other", "Other (Other)"};
    const ServiceKind *kind =
        bsearch(code, KINDS, sizeof KINDS / sizeof *KINDS, sizeof *KINDS, compare);
    return kind != NULL ? kind : &OTHER;
}

const char *service_category(const char *code)
{
    return find(code)->category;
}

const char *service_subcategory(const char *code)
{
    return find(code)->subcategory;
}
